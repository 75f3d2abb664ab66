import { LoadError } from '@berth/inference';

/** A value as it stands in protobuf text format; what it means depends on the field. */
export type TextValue =
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'word'; readonly value: string }
  | { readonly kind: 'number'; readonly value: string }
  | { readonly kind: 'message'; readonly fields: readonly TextField[] };

/** One occurrence of a field; a list `[a, b]` is two occurrences. */
export interface TextField {
  readonly name: string;
  readonly line: number;
  readonly value: TextValue;
}

const MAX_DEPTH = 32;
const MAX_FIELDS = 100_000;

const TOKEN =
  /[ \t\r\n\f\v]+|#[^\n]*|([A-Za-z_][A-Za-z0-9_]*)|([0-9][0-9A-Za-z.]*(?:(?<=[eE])[+-][0-9]+)?[fF]?|\.[0-9][0-9A-Za-z.]*(?:(?<=[eE])[+-][0-9]+)?)|("(?:[^"\\\n]|\\[^\n])*"|'(?:[^'\\\n]|\\[^\n])*')|([{}<>[\]:;,.\-/])/y;

interface Token {
  readonly kind: 'word' | 'number' | 'string' | 'sign';
  readonly text: string;
  readonly line: number;
}

/**
 * Parses protobuf's text format (protobuf.dev/reference/protobuf/textformat-spec): `:` is optional before a message, `;` and
 * `,` may follow a field, `[…]` is a list of scalars or messages, `<…>` is `{…}`, strings next to each other are one.
 * @throws LoadError ModelLayout with `file` and line.
 */
export function parseTextFormat(source: string, file: string): readonly TextField[] {
  return new Parser(tokenize(source, file), file).all();
}

function tokenize(source: string, file: string): Token[] {
  const tokens: Token[] = [];
  let line = 1;
  TOKEN.lastIndex = 0;
  const text = source.replace(/^\ufeff/, '');
  while (TOKEN.lastIndex < text.length) {
    const start = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (match === null) {
      const found = JSON.stringify(text.slice(start, start + 10));
      throw new LoadError('ModelLayout', `${file} line ${line}: unexpected ${found}`);
    }
    const [whole, word, number, string, sign] = match;
    if (word !== undefined) tokens.push({ kind: 'word', text: word, line });
    else if (number !== undefined) tokens.push({ kind: 'number', text: number, line });
    else if (string !== undefined) tokens.push({ kind: 'string', text: unquote(string.slice(1, -1)), line });
    else if (sign !== undefined) tokens.push({ kind: 'sign', text: sign, line });
    for (let index = 0; index < whole.length; index++) if (whole.charCodeAt(index) === 10) line++;
  }
  return tokens;
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['t', '\t'],
  ['r', '\r'],
  ['a', '\x07'],
  ['b', '\b'],
  ['f', '\f'],
  ['v', '\v'],
]);

function unquote(text: string): string {
  return text.replace(/\\(x[0-9a-fA-F]{1,2}|[0-7]{1,3}|.)/g, (_whole, code: string) => {
    if (code.length > 1 && code.startsWith('x')) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
    if (/^[0-7]/.test(code)) return String.fromCharCode(Number.parseInt(code, 8) & 0xff);
    return ESCAPES.get(code) ?? code;
  });
}

class Parser {
  readonly #tokens: readonly Token[];
  readonly #file: string;
  #next = 0;
  #fields = 0;

  constructor(tokens: readonly Token[], file: string) {
    this.#tokens = tokens;
    this.#file = file;
  }

  all(): readonly TextField[] {
    const fields = this.#message(undefined, 0);
    return fields;
  }

  #message(close: string | undefined, depth: number): TextField[] {
    if (depth > MAX_DEPTH) throw this.#error(`messages are nested deeper than ${MAX_DEPTH}`);
    const fields: TextField[] = [];
    for (;;) {
      const token = this.#tokens[this.#next];
      if (token === undefined) {
        if (close === undefined) return fields;
        throw this.#error(`"${close}" is missing at the end`);
      }
      if (token.kind === 'sign' && token.text === close) {
        this.#next++;
        return fields;
      }
      if (token.kind !== 'word') throw this.#error(`expected a field name, found "${token.text}"`);
      this.#next++;
      this.#field(token, fields, depth);
      if (this.#sign(';') || this.#sign(',')) continue;
    }
  }

  #field(name: Token, fields: TextField[], depth: number): void {
    const colon = this.#sign(':');
    if (this.#sign('[')) {
      if (this.#sign(']')) return;
      do this.#push(fields, name, this.#value(depth, true));
      while (this.#sign(','));
      if (!this.#sign(']')) throw this.#error(`"]" is missing after the list of ${name.text}`);
      return;
    }
    this.#push(fields, name, this.#value(depth, colon));
  }

  #push(fields: TextField[], name: Token, value: TextValue): void {
    this.#fields += 1;
    if (this.#fields > MAX_FIELDS) throw this.#error(`more than ${MAX_FIELDS} fields`);
    fields.push({ name: name.text, line: name.line, value });
  }

  #value(depth: number, scalarAllowed: boolean): TextValue {
    if (this.#sign('{')) return { kind: 'message', fields: this.#message('}', depth + 1) };
    if (this.#sign('<')) return { kind: 'message', fields: this.#message('>', depth + 1) };
    const token = this.#tokens[this.#next];
    if (token === undefined) throw this.#error('a value is missing at the end');
    if (!scalarAllowed) throw this.#error(`":" or "{" is missing before "${token.text}"`);
    this.#next++;
    if (token.kind === 'string') {
      let value = token.text;
      for (let more = this.#tokens[this.#next]; more?.kind === 'string'; more = this.#tokens[this.#next]) {
        value += more.text;
        this.#next++;
      }
      return { kind: 'text', value };
    }
    if (token.kind === 'sign' && token.text === '-') {
      const number = this.#tokens[this.#next];
      if (number === undefined || number.kind === 'string' || number.kind === 'sign') {
        throw this.#error('a number is missing after "-"');
      }
      this.#next++;
      return { kind: 'number', value: `-${number.text}` };
    }
    if (token.kind === 'sign') throw this.#error(`expected a value, found "${token.text}"`);
    return { kind: token.kind, value: token.text };
  }

  #sign(text: string): boolean {
    const token = this.#tokens[this.#next];
    if (token?.kind !== 'sign' || token.text !== text) return false;
    this.#next++;
    return true;
  }

  #error(what: string): LoadError {
    const token = this.#tokens[Math.min(this.#next, this.#tokens.length - 1)];
    return new LoadError('ModelLayout', `${this.#file} line ${token?.line ?? 1}: ${what}`);
  }
}

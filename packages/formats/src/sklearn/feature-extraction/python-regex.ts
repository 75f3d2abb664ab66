/** What Python's `re` means by \w, \d and \s for text, written for the inside of a class of JavaScript's `v` mode. */
const WORD = '\\p{L}\\p{N}_';
const DIGIT = '\\p{Nd}';
/** Python's white space, which has the separators 1C to 1F and 85 that JavaScript's lacks, and not its FEFF. */
export const PYTHON_SPACE = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';

const CLASSES = new Map([
  ['w', `[${WORD}]`],
  ['W', `[^${WORD}]`],
  ['d', `[${DIGIT}]`],
  ['D', `[^${DIGIT}]`],
  ['s', `[${PYTHON_SPACE}]`],
  ['S', `[^${PYTHON_SPACE}]`],
]);

const ANCHORS = new Map([
  ['b', `(?:(?<=[${WORD}])(?![${WORD}])|(?<![${WORD}])(?=[${WORD}]))`],
  ['B', `(?:(?<=[${WORD}])(?=[${WORD}])|(?<![${WORD}])(?![${WORD}]))`],
  ['A', '(?<![\\s\\S])'],
  ['Z', '(?![\\s\\S])'],
]);

const CONTROL = new Map([
  ['n', '\\n'],
  ['t', '\\t'],
  ['r', '\\r'],
  ['f', '\\f'],
  ['v', '\\v'],
  ['a', '\\x07'],
]);

/** Why a pattern was not translated. */
export class UntranslatablePattern extends Error {}

interface Translation {
  readonly regex: RegExp;
  /** Number of capturing groups. */
  readonly groups: number;
}

/** Longest pattern that is read. */
const MAX_PATTERN = 10_000;

/**
 * A Python regular expression over text as a JavaScript one with the same matches (`re` of Python 3, no flags but `u`, `i`
 * and `s`).
 * @throws UntranslatablePattern for what has no faithful counterpart: other flags, back-references, conditions,
 *   possessive and atomic forms.
 */
export function translatePattern(pattern: string): Translation {
  if (pattern.length > MAX_PATTERN) throw new UntranslatablePattern('it is longer than 10,000 characters');
  const reader = new PatternReader(pattern);
  const source = reader.read();
  const flags = `gv${reader.ignoreCase ? 'i' : ''}`;
  try {
    return { regex: new RegExp(source, flags), groups: reader.groups };
  } catch (cause) {
    throw new UntranslatablePattern('it is no valid pattern', { cause });
  }
}

class PatternReader {
  groups = 0;
  ignoreCase = false;
  private dotAll = false;
  private at = 0;
  private readonly text: string[];

  constructor(pattern: string) {
    this.text = Array.from(pattern);
  }

  read(): string {
    this.readFlags();
    let out = '';
    while (this.at < this.text.length) out += this.readOne();
    return out;
  }

  private readFlags(): void {
    const match = /^\(\?([a-zA-Z]+)\)/.exec(this.text.join(''));
    if (match === null) return;
    for (const flag of match[1]) {
      if (flag === 'i') this.ignoreCase = true;
      else if (flag === 's') this.dotAll = true;
      else if (flag !== 'u') throw new UntranslatablePattern(`it has the flag "${flag}"`);
    }
    this.at = match[0].length;
  }

  private readOne(): string {
    const char = this.text[this.at++];
    switch (char) {
      case '\\':
        return this.readEscape();
      case '[':
        return this.readClass();
      case '(':
        return this.readGroup();
      case '.':
        return this.dotAll ? '[\\s\\S]' : '[^\\n]';
      case '^':
        return '(?<![\\s\\S])';
      case '$':
        return '(?=\\n?(?![\\s\\S]))';
      case '*':
      case '+':
      case '?':
        return this.afterQuantifier(char);
      case '{':
        return this.readBraces();
      case '|':
      case ')':
        return char;
      default:
        return escapeLiteral(char);
    }
  }

  /** A quantifier may be lazy; the possessive `+` has no counterpart. */
  private afterQuantifier(quantifier: string): string {
    if (this.text[this.at] === '+') throw new UntranslatablePattern('it has a possessive quantifier');
    return quantifier;
  }

  private readBraces(): string {
    const match = /^(\d*)(,?)(\d*)\}/.exec(this.text.slice(this.at, this.at + 24).join(''));
    if (match === null || (match[1] === '' && match[2] === '')) return '\\{';
    this.at += match[0].length;
    return this.afterQuantifier(`{${match[1] === '' ? '0' : match[1]}${match[2]}${match[3]}}`);
  }

  private readGroup(): string {
    if (this.text[this.at] !== '?') {
      this.groups++;
      return '(';
    }
    const rest = this.text.slice(this.at, this.at + 80).join('');
    const plain = /^\?(:|=|!|<=|<!)/.exec(rest);
    if (plain !== null) {
      this.at += plain[0].length;
      return `(${plain[0]}`;
    }
    const named = /^\?P<[A-Za-z_][A-Za-z0-9_]*>/.exec(rest);
    if (named !== null) {
      this.at += named[0].length;
      this.groups++;
      return '(';
    }
    if (rest.startsWith('?#')) {
      while (this.at < this.text.length && this.text[this.at] !== ')') this.at++;
      this.at++;
      return '';
    }
    throw new UntranslatablePattern(`it has the group "(${rest.slice(0, 3)}"`);
  }

  private readEscape(): string {
    const char = this.text[this.at++];
    if (char === undefined) throw new UntranslatablePattern('it ends with a backslash');
    const known = CLASSES.get(char) ?? ANCHORS.get(char) ?? CONTROL.get(char);
    if (known !== undefined) return known;
    return this.readCharacterEscape(char);
  }

  /** \x41, \u0041, \U00000041, octal, and escaped punctuation. */
  private readCharacterEscape(char: string): string {
    const length = char === 'x' ? 2 : char === 'u' ? 4 : char === 'U' ? 8 : 0;
    if (length > 0) {
      const digits = this.text.slice(this.at, this.at + length).join('');
      const code = Number.parseInt(digits, 16);
      if (digits.length !== length || !/^[0-9a-f]+$/i.test(digits) || code > 0x10ffff) {
        throw new UntranslatablePattern(`it has the escape "\\${char}${digits}"`);
      }
      this.at += length;
      return `\\u{${code.toString(16)}}`;
    }
    if (char === '0') return '\\x00';
    if (/[A-Za-z1-9]/.test(char)) throw new UntranslatablePattern(`it has the escape "\\${char}"`);
    return escapeLiteral(char);
  }

  private readClass(): string {
    let out = '[';
    if (this.text[this.at] === '^') {
      out += '^';
      this.at++;
    }
    for (let first = true; ; first = false) {
      const char = this.text[this.at++];
      if (char === undefined) throw new UntranslatablePattern('it has an open class');
      if (char === ']' && !first) return `${out}]`;
      if (char === '\\') {
        out += this.readClassEscape();
        continue;
      }
      // a range, unless the hyphen stands first, last or behind a class
      out += char === '-' && this.isRange(first, out) ? '-' : escapeLiteral(char);
    }
  }

  private isRange(first: boolean, before: string): boolean {
    const next = this.text[this.at];
    if (next === '\\' && CLASSES.has(this.text[this.at + 1] ?? '')) return false;
    return !first && next !== ']' && next !== undefined && !before.endsWith(']');
  }

  private readClassEscape(): string {
    const char = this.text[this.at++];
    if (char === undefined) throw new UntranslatablePattern('it ends with a backslash');
    if (char === 'b') return '\\x08';
    return CLASSES.get(char) ?? CONTROL.get(char) ?? this.readCharacterEscape(char);
  }
}

function escapeLiteral(char: string): string {
  return /[\^$\\.*+?()[\]{}|/\-&!#%,:;<=>@`~]/.test(char) ? `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}` : char;
}

import type { DescField, DescMessage, Message } from '@bufbuild/protobuf';
import { ScalarType } from '@bufbuild/protobuf';
import { type ReflectMessage, reflect, type ScalarValue } from '@bufbuild/protobuf/reflect';

/** A recorded exchange: how the peer answered the request that the recorder calls `name`. */
export interface Recorded {
  readonly name: string;
  /** One for a unary call, one for each message of a stream and its end. */
  readonly answers: readonly string[];
}

/**
 * The exchanges of a recording, each answer as `OK <message>` or `CODE <details>`, a message in protobuf's text format
 * with single spaces. The recordings of KServe and MLServer write texts as Python's `repr`, Triton's with bare spaces.
 */
export function parseRecording(text: string): Recorded[] {
  const exchanges: { name: string; answers: string[] }[] = [];
  for (const line of text.split('\n')) {
    if (line.startsWith('### ')) exchanges.push({ name: line.slice(4), answers: [] });
    else if (line.startsWith('< ')) exchanges.at(-1)?.answers.push(normalise(line.slice(2)));
    // A message that was recorded over several lines goes on.
    else if (line !== '' && exchanges.length > 0 && !/^(stream|health|watch|reflection) /.test(line)) {
      const { answers } = exchanges.at(-1) as { answers: string[] };
      if (answers.length > 0) answers.push(`${answers.pop()} ${line}`.replace(/\s+/g, ' ').trim());
    }
  }
  return exchanges;
}

function normalise(answer: string): string {
  const status = /^StatusCode\.(\w+) (.*)$/s.exec(answer);
  if (status !== null) return `${status[1]} ${unquote((status[2] as string).replace(/ trailers=\[.*\]$/, ''))}`.trim();
  const ok = /^OK (['"].*)$/s.exec(answer);
  const text = ok === null ? answer : `OK ${unquote((ok[1] as string).replace(/ trailers=\[.*\]$/, ''))}`;
  return text.replace(/\s+/g, ' ').trim();
}

/** The text inside a Python string literal. */
function unquote(literal: string): string {
  const quote = literal[0];
  if (quote !== "'" && quote !== '"') return literal;
  return literal
    .slice(1, literal.lastIndexOf(quote))
    .replace(/\\(n|t|r|\\|'|")/g, (_, code: string) => ({ n: '\n', t: '\t', r: '\r' })[code] ?? code);
}

/** A message in protobuf's text format on one line, fields by number, as Python prints it. */
export function textFormat<Schema extends DescMessage>(schema: Schema, message: Message): string {
  return printMessage(reflect(schema, message as never)).join(' ');
}

function printMessage(message: ReflectMessage): string[] {
  const parts: string[] = [];
  for (const field of [...message.fields].sort((left, right) => left.number - right.number)) {
    if (!message.isSet(field)) continue;
    parts.push(...printField(field, message));
  }
  return parts;
}

function printField(field: DescField, message: ReflectMessage): string[] {
  switch (field.fieldKind) {
    case 'scalar':
      return [`${field.name}: ${printScalar(field.scalar, message.get(field))}`];
    case 'enum':
      return [`${field.name}: ${field.enum.value[message.get(field)]?.name}`];
    case 'message':
      return block(field.name, printMessage(message.get(field)));
    case 'list': {
      const list = message.get(field);
      return [...list].flatMap((item) =>
        field.listKind === 'message'
          ? block(field.name, printMessage(item as ReflectMessage))
          : [
              `${field.name}: ${printScalar(field.listKind === 'scalar' ? field.scalar : ScalarType.INT32, item as ScalarValue)}`,
            ],
      );
    }
    case 'map':
      return [...message.get(field)].flatMap(([key, value]) =>
        block(field.name, [
          `key: ${printScalar(field.mapKey, key as ScalarValue)}`,
          ...(field.mapKind === 'message'
            ? block('value', printMessage(value as ReflectMessage))
            : [`value: ${printScalar(ScalarType.STRING, value as ScalarValue)}`]),
        ]),
      );
  }
}

function block(name: string, parts: readonly string[]): string[] {
  return [`${name} {`, ...parts, '}'];
}

function printScalar(type: ScalarType, value: ScalarValue): string {
  if (type === ScalarType.STRING) return quoted(Buffer.from(value as string));
  if (type === ScalarType.BYTES) return quoted(Buffer.from(value as Uint8Array));
  return String(value);
}

/** Bytes as a C string literal: octal escapes for what is not printable ASCII. */
function quoted(bytes: Buffer): string {
  let text = '"';
  for (const byte of bytes) {
    const character = String.fromCharCode(byte);
    if (character === '"' || character === "'" || character === '\\') text += `\\${character}`;
    else if (byte >= 0x20 && byte < 0x7f) text += character;
    else text += `\\${byte.toString(8).padStart(3, '0')}`;
  }
  return `${text}"`;
}

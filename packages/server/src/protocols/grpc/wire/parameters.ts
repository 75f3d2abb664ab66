import { invalidInput, type Parameters, type ParameterValue } from '@berth/inference';
import { type Reader, WIRE_BYTES, WIRE_FIXED64, WIRE_VARINT } from './reader.ts';
import type { Writer } from './writer.ts';

/** Entries that one map of parameters may have. */
const MAX_PARAMETERS = 10_000;

const BOOL = (1 << 3) | WIRE_VARINT;
const INT64 = (2 << 3) | WIRE_VARINT;
const STRING = (3 << 3) | WIRE_BYTES;
const DOUBLE = (4 << 3) | WIRE_FIXED64;
const UINT64 = (5 << 3) | WIRE_VARINT;
const KEY = (1 << 3) | WIRE_BYTES;
const VALUE = (2 << 3) | WIRE_BYTES;

/**
 * Reads one entry of a `map<string, InferParameter>` field into `parameters`; a value of a kind that is not known is
 * dropped, as protobuf drops unknown fields. 64 bit numbers are bigint where a number can not hold them.
 */
export function readParameter(reader: Reader, parameters: Map<string, ParameterValue>): void {
  const end = reader.lengthEnd();
  const outer = reader.end;
  reader.end = end;
  let key = '';
  let value: ParameterValue | undefined;
  while (reader.position < end) {
    const tag = reader.tag();
    if (tag === KEY) key = reader.string();
    else if (tag === VALUE) value = readValue(reader) ?? value;
    else reader.skip(tag & 7);
  }
  reader.end = outer;
  if (value === undefined) return;
  parameters.set(key, value);
  if (parameters.size > MAX_PARAMETERS) throw invalidInput(`more than ${MAX_PARAMETERS} parameters; send fewer`);
}

function readValue(reader: Reader): ParameterValue | undefined {
  const end = reader.lengthEnd();
  const outer = reader.end;
  reader.end = end;
  let value: ParameterValue | undefined;
  while (reader.position < end) {
    const tag = reader.tag();
    if (tag === STRING) value = reader.string();
    else if (tag === INT64) value = narrow(BigInt.asIntN(64, reader.varint64()));
    else if (tag === BOOL) value = reader.bool();
    else if (tag === DOUBLE) value = reader.double();
    else if (tag === UINT64) value = narrow(reader.varint64());
    else reader.skip(tag & 7);
  }
  reader.end = outer;
  return value;
}

function narrow(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** Writes parameters as a map field with the given tag. Whole numbers go as int64, others as double. */
export function writeParameters(writer: Writer, tag: number, parameters: Parameters): void {
  for (const [key, value] of parameters) {
    const entry = writer.begin(tag);
    writer.string(KEY, key);
    const body = writer.begin(VALUE);
    writeValue(writer, value);
    writer.end(body);
    writer.end(entry);
  }
}

function writeValue(writer: Writer, value: ParameterValue): void {
  if (typeof value === 'string') {
    writer.string(STRING, value);
  } else if (typeof value === 'boolean') {
    writer.byte(BOOL);
    writer.byte(value ? 1 : 0);
  } else if (typeof value === 'bigint') {
    writer.byte(value > 0x7fffffffffffffffn ? UINT64 : INT64);
    writer.varint64(value);
  } else if (Number.isSafeInteger(value) && !Object.is(value, -0)) {
    writer.byte(INT64);
    writer.int64(value);
  } else {
    writer.byte(DOUBLE);
    writer.double(value);
  }
}

import { allocate, type Datatype, type TensorData } from '@berth/inference';
import { type NumberList, readNumberList } from '../../json/number-list.ts';
import { MAX_FLOAT32, wholeNumberRange } from '../../json/tensor-data.ts';

/** A body whose long `data` lists were read from its bytes, with a mark left in the place of each. */
export interface LiftedBody {
  readonly rest: Buffer;
  /** The lists by the text that stands for them. */
  readonly lists: ReadonlyMap<string, NumberList>;
}

/** Below this the JSON parser is as fast. */
const LEAST_BYTES = 512;
const MOST_LISTS = 64;
const KEY = Buffer.from('"data"');
/** Stands for a list; a client that writes it itself gains nothing, since each list must be taken exactly once. */
const MARK = 'berth-number-list ';

/**
 * Lifts the lists of numbers under `data` keys out of a JSON body: most of a large request is digits, and reading them
 * straight into an array costs a fraction of what the JSON parser needs. Undefined where there is nothing to lift.
 * `"data"` followed by a colon is a key wherever it stands in valid JSON, since no string can hold a bare quote.
 */
export function liftNumbers(body: Buffer): LiftedBody | undefined {
  if (body.length < LEAST_BYTES) return undefined;
  const parts: Buffer[] = [];
  const lists = new Map<string, NumberList>();
  let kept = 0;
  for (let at = body.indexOf(KEY); at >= 0 && lists.size < MOST_LISTS; at = body.indexOf(KEY, at + KEY.length)) {
    let open = skipSpace(body, at + KEY.length);
    if (body[open] !== 0x3a) continue;
    open = skipSpace(body, open + 1);
    if (body[open] !== 0x5b) continue;
    const list = readNumberList(body, open);
    if (list === undefined) return undefined;
    const mark = `${MARK}${lists.size}`;
    lists.set(mark, list);
    parts.push(body.subarray(kept, open), Buffer.from(`"${mark}"`));
    kept = list.end;
    at = list.end - KEY.length;
  }
  if (lists.size === 0) return undefined;
  parts.push(body.subarray(kept));
  return { rest: Buffer.concat(parts), lists };
}

function skipSpace(bytes: Uint8Array, from: number): number {
  let at = from;
  while (bytes[at] === 0x20 || bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x09) at++;
  return at;
}

/** The list as a tensor's data; undefined where it is no plain case and the careful reader is to say what is wrong. */
export function liftedData(
  list: NumberList,
  datatype: Datatype,
  shape: readonly number[],
  count: number,
): TensorData | undefined {
  const { values } = list;
  if (list.width > 0 && !(shape.length === 2 && shape[0] === list.rows && shape[1] === list.width)) return undefined;
  if (values.length !== count) return undefined;
  if (datatype === 'FP64') return values.slice();
  if (datatype === 'FP32') {
    for (let index = 0; index < count; index++) if (!(Math.abs(values[index]) < MAX_FLOAT32)) return undefined;
    return new Float32Array(values);
  }
  const range = wholeNumberRange(datatype);
  if (range === undefined) return undefined;
  for (let index = 0; index < count; index++) {
    const value = values[index];
    if (!(Number.isInteger(value) && value >= range[0] && value <= range[1])) return undefined;
  }
  const data = allocate(datatype, count);
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    for (let index = 0; index < count; index++) data[index] = BigInt(values[index]);
  } else {
    (data as Int32Array).set(values);
  }
  return data;
}

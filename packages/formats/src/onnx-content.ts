/** Wire types of ModelProto's fields (onnx.proto): 0 a varint, 2 length-delimited. */
const MODEL_FIELDS: ReadonlyMap<number, number> = new Map([
  [1, 0],
  [2, 2],
  [3, 2],
  [4, 2],
  [5, 0],
  [6, 2],
  [7, 2],
  [8, 2],
  [14, 2],
  [20, 2],
  [25, 2],
  [26, 2],
]);

/**
 * Whether the bytes can start an ONNX ModelProto: every field up to the end of the head has a number and a wire type of
 * ModelProto. A protobuf has no magic number, so without the `named` hint an `ir_version` and a graph or producer must show.
 */
export function looksLikeOnnx(head: Uint8Array, named: boolean): boolean {
  let offset = 0;
  const seen = new Set<number>();
  while (offset < head.length) {
    const tag = varint(head, offset);
    if (tag === undefined) return false;
    const field = Math.floor(tag.value / 8);
    const wire = tag.value % 8;
    if (MODEL_FIELDS.get(field) !== wire) return false;
    const value = varint(head, tag.next);
    if (value === undefined) return false;
    if (field === 1 && (value.value < 1 || value.value > 1000)) return false;
    seen.add(field);
    offset = wire === 0 ? value.next : value.next + value.value;
  }
  if (named) return seen.size > 0;
  return seen.has(1) && (seen.has(7) || (seen.has(2) && seen.has(8)));
}

function varint(bytes: Uint8Array, start: number): { value: number; next: number } | undefined {
  let value = 0;
  for (let index = 0; index < 8; index++) {
    const byte = bytes[start + index];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return { value, next: start + index + 1 };
  }
  return undefined;
}

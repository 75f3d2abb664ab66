const P1 = 0x9e3779b1;
const P2 = 0x85ebca77;
const P3 = 0xc2b2ae3d;
const P4 = 0x27d4eb2f;
const P5 = 0x165667b1;

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

/** xxHash, 32 bits, as LZ4 frames have it; seed 0. */
export function xxhash32(bytes: Uint8Array): number {
  const { length } = bytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset, length);
  let position = 0;
  let hash: number;
  if (length >= 16) {
    const lanes = [(P1 + P2) | 0, P2 | 0, 0, -P1 | 0];
    for (; position <= length - 16; position += 16) {
      for (let lane = 0; lane < 4; lane++) {
        const mixed = (lanes[lane] + Math.imul(view.getInt32(position + 4 * lane, true), P2)) | 0;
        lanes[lane] = Math.imul(rotate(mixed, 13), P1);
      }
    }
    hash = (rotate(lanes[0], 1) + rotate(lanes[1], 7) + rotate(lanes[2], 12) + rotate(lanes[3], 18)) | 0;
  } else hash = P5 | 0;
  hash = (hash + length) | 0;
  for (; position <= length - 4; position += 4) {
    hash = Math.imul(rotate((hash + Math.imul(view.getInt32(position, true), P3)) | 0, 17), P4);
  }
  for (; position < length; position++) {
    hash = Math.imul(rotate((hash + Math.imul(bytes[position], P5)) | 0, 11), P1);
  }
  hash = Math.imul(hash ^ (hash >>> 15), P2);
  hash = Math.imul(hash ^ (hash >>> 13), P3);
  return (hash ^ (hash >>> 16)) >>> 0;
}

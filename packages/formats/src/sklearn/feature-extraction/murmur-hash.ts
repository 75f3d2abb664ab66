const C1 = 0xcc9e2d51;
const C2 = 0x1b873593;

function mix(word: number): number {
  const scrambled = Math.imul(word, C1);
  return Math.imul((scrambled << 15) | (scrambled >>> 17), C2);
}

/** MurmurHash3 x86 32-bit of bytes, as a signed number: `murmurhash3_bytes_s32`. */
export function murmurHash3(bytes: Uint8Array, seed: number): number {
  const whole = bytes.length & ~3;
  let hash = seed | 0;
  for (let at = 0; at < whole; at += 4) {
    const word = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
    hash ^= mix(word);
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
  }
  let rest = 0;
  for (let at = bytes.length - 1; at >= whole; at--) rest = (rest << 8) | bytes[at];
  if (whole < bytes.length) hash ^= mix(rest);
  hash ^= bytes.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) | 0;
}

import { LoadError } from '@berth/inference';

/** The elements of a `U` array: UTF-32, little-endian, filled up with zeros. @throws LoadError CorruptModel */
export function textElements(bytes: Uint8Array, size: number, itemSize: number): string[] {
  const codes = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
  const width = itemSize >> 2;
  const out = new Array<string>(size);
  for (let i = 0; i < size; i++) {
    let end = (i + 1) * width;
    while (end > i * width && codes[end - 1] === 0) end--;
    let text = '';
    for (let j = i * width; j < end; j++) {
      if (codes[j] > 0x10ffff) {
        throw new LoadError('CorruptModel', 'the file is damaged: a text array holds what is no character');
      }
      text += String.fromCodePoint(codes[j]);
    }
    out[i] = text;
  }
  return out;
}

/** The elements of an `S` array: bytes without the zeros that fill them up. */
export function bytesElements(bytes: Uint8Array, size: number, itemSize: number): Uint8Array[] {
  const out = new Array<Uint8Array>(size);
  for (let i = 0; i < size; i++) {
    let end = (i + 1) * itemSize;
    while (end > i * itemSize && bytes[end - 1] === 0) end--;
    out[i] = bytes.subarray(i * itemSize, end);
  }
  return out;
}

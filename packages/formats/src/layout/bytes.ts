/** Whether `text` (latin-1) stands at `offset`. */
export function asciiAt(bytes: Uint8Array, offset: number, text: string): boolean {
  if (offset + text.length > bytes.length) return false;
  for (let index = 0; index < text.length; index++) {
    if (bytes[offset + index] !== text.charCodeAt(index)) return false;
  }
  return true;
}

/** Whether `text` (latin-1) stands anywhere in the first `within` bytes. */
export function includesAscii(bytes: Uint8Array, text: string, within: number): boolean {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, within));
  return view.includes(text, 0, 'latin1');
}

/** The first `length` bytes from `offset` as latin-1 text. */
export function asciiText(bytes: Uint8Array, offset: number, length: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1', offset, offset + length);
}

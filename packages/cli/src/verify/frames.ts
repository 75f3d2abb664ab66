/** A message between Berth and the Python process: a JSON header, then bytes that it describes. */
export interface Frame {
  readonly header: unknown;
  readonly body: Uint8Array;
}

/** Bytes before a frame: the header's length as 32 bits, the body's as 64, little-endian. */
const HEAD_BYTES = 12;
const MAX_HEADER_BYTES = 64 * 2 ** 20;

/** The bytes of a frame. */
export function encodeFrame(header: unknown, blobs: readonly Uint8Array[] = []): Buffer {
  const text = Buffer.from(JSON.stringify(header), 'utf8');
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32LE(text.length, 0);
  head.writeBigUInt64LE(BigInt(blobs.reduce((sum, blob) => sum + blob.length, 0)), 4);
  return Buffer.concat([head, text, ...blobs]);
}

/** Puts frames together from the pieces that a pipe gives. Holds at most one frame of the bounded size. */
export class FrameReader {
  readonly #maxBodyBytes: number;
  #pieces: Buffer[] = [];
  #held = 0;

  constructor(maxBodyBytes: number) {
    this.#maxBodyBytes = maxBodyBytes;
  }

  /**
   * The frames that are complete with this piece.
   * @throws RangeError where a frame says that it is larger than allowed; SyntaxError where its header is no JSON.
   */
  push(piece: Buffer): Frame[] {
    this.#pieces.push(piece);
    this.#held += piece.length;
    const frames: Frame[] = [];
    for (let frame = this.#take(); frame !== undefined; frame = this.#take()) frames.push(frame);
    return frames;
  }

  #take(): Frame | undefined {
    if (this.#held < HEAD_BYTES) return undefined;
    if (this.#pieces[0].length < HEAD_BYTES) this.#join();
    const [first] = this.#pieces;
    const headerBytes = first.readUInt32LE(0);
    const bodyBytes = Number(first.readBigUInt64LE(4));
    if (headerBytes > MAX_HEADER_BYTES || bodyBytes > this.#maxBodyBytes) {
      throw new RangeError(`an answer of ${headerBytes + bodyBytes} bytes`);
    }
    const end = HEAD_BYTES + headerBytes + bodyBytes;
    if (this.#held < end) return undefined;
    this.#join();
    const whole = this.#pieces[0];
    const header: unknown = JSON.parse(whole.toString('utf8', HEAD_BYTES, HEAD_BYTES + headerBytes));
    // A copy of its own, so that typed arrays can lie over it.
    const body = Uint8Array.from(whole.subarray(HEAD_BYTES + headerBytes, end));
    this.#pieces = [whole.subarray(end)];
    this.#held = whole.length - end;
    return { header, body };
  }

  #join(): void {
    if (this.#pieces.length > 1) this.#pieces = [Buffer.concat(this.#pieces)];
  }
}

/** Chunks smaller than this share a buffer: a body of single bytes would else cost an object and a write for each. */
const SMALL = 1_024;
const SHARED_BYTES = 16_384;

/** The bytes of a body that may have to be sent again. */
export class KeptBody {
  readonly #chunks: Buffer[] = [];
  #shared: Buffer | undefined;
  #sharedBytes = 0;
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  /** In their order; as many as came, or fewer. Valid until the next `push`. */
  get chunks(): readonly Buffer[] {
    this.#share();
    return this.#chunks;
  }

  push(chunk: Buffer): void {
    const isFirst = this.#bytes === 0;
    this.#bytes += chunk.length;
    if (isFirst || chunk.length >= SMALL) {
      // Most bodies are one chunk, which is passed on as it came.
      this.#share();
      this.#chunks.push(chunk);
      return;
    }
    if (this.#shared !== undefined && this.#sharedBytes + chunk.length > SHARED_BYTES) this.#share();
    this.#shared ??= Buffer.allocUnsafeSlow(SHARED_BYTES);
    this.#sharedBytes += chunk.copy(this.#shared, this.#sharedBytes);
  }

  /** Ends the buffer that small chunks share. */
  #share(): void {
    if (this.#shared === undefined) return;
    this.#chunks.push(this.#shared.subarray(0, this.#sharedBytes));
    this.#shared = undefined;
    this.#sharedBytes = 0;
  }
}

/** Seconds over which a speed is told. */
const WINDOW_MS = 5_000;

/** The speed of something that counts bytes, over the last seconds. */
export class Speed {
  #samples: { readonly at: number; readonly bytes: number }[] = [];

  /** Notes how many bytes there are at a time, in milliseconds; fewer than before begin anew. */
  note(at: number, bytes: number): void {
    const last = this.#samples.at(-1);
    if (last !== undefined && bytes < last.bytes) this.#samples = [];
    this.#samples.push({ at, bytes });
    while (this.#samples.length > 2 && at - (this.#samples[0]?.at ?? at) > WINDOW_MS) this.#samples.shift();
  }

  /** Bytes in a second; undefined until there is enough to tell. */
  bytesPerSecond(): number | undefined {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || last.at - first.at < 250) return undefined;
    return ((last.bytes - first.bytes) / (last.at - first.at)) * 1000;
  }
}

/** One that waits: how many were before it when it was told last, and how it is told. */
interface Waiting {
  readonly grant: () => void;
  readonly onPlace: (before: number) => void;
  told: number;
}

/** Up to here each step forward is told, further back each halving: telling costs a write of a service's status. */
const NEAR = 10;

/** Whether one that was told `told` are before it should hear that it is `before` now. */
function isWorthTelling(before: number, told: number): boolean {
  return before < told && (before < NEAR || before <= told / 2);
}

/** Lets a bounded number of works go on at a time; the others wait in the order they came. */
export class Slots {
  /** How many go on at once. */
  readonly count: number;
  /** What is bounded, as it follows the count in a sentence: `downloads go on at once`. */
  readonly what: string;
  #free: number;
  readonly #waiting: Waiting[] = [];

  constructor(count: number, what: string) {
    this.count = count;
    this.what = what;
    this.#free = count;
  }

  /**
   * Waits for a slot, runs, and gives it back. `onPlace` is told how many are before it, after this call has returned,
   * and again when it has come nearer. @throws what `work` throws, or the signal's reason while waiting
   */
  async run<T>(
    work: () => Promise<T>,
    signal: AbortSignal,
    onPlace: (before: number) => void = () => undefined,
  ): Promise<T> {
    await this.#take(signal, onPlace);
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next.grant();
      this.#tell();
    }
  }

  #tell(): void {
    for (const [before, one] of this.#waiting.entries()) {
      if (!isWorthTelling(before, one.told)) continue;
      one.told = before;
      one.onPlace(before);
    }
  }

  #take(signal: AbortSignal, onPlace: (before: number) => void): Promise<void> {
    signal.throwIfAborted();
    if (this.#free > 0) {
      this.#free--;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const grant = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const waiting: Waiting = { grant, onPlace, told: Number.POSITIVE_INFINITY };
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        reject(signal.reason);
        this.#tell();
      };
      this.#waiting.push(waiting);
      signal.addEventListener('abort', leave, { once: true });
      queueMicrotask(() => this.#tell());
    });
  }
}

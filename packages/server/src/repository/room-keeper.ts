/** A model that has room: it is loaded, or being loaded. */
interface Holder {
  readonly bytes: number;
  /** Order of use; the smallest was used longest ago. */
  used: number;
  /** Resolves when the load has ended; absent where it has. */
  loading: Promise<void> | undefined;
}

/** Says who has room in memory, and lets the least recently used model go where another one needs it. */
export class RoomKeeper {
  readonly #holders = new Map<string, Holder>();
  readonly #unload: (name: string, forWhom: string) => Promise<void>;
  #tick = 0;

  /** `unload` takes a model out of memory; resolves when its last request has ended. */
  constructor(unload: (name: string, forWhom: string) => Promise<void>) {
    this.#unload = unload;
  }

  /** Notes that a model answers a request. */
  used(name: string): void {
    const holder = this.#holders.get(name);
    if (holder !== undefined) holder.used = ++this.#tick;
  }

  /** Notes that a model has been unloaded. */
  left(name: string): void {
    this.#holders.delete(name);
  }

  /**
   * Resolves once there is room for `bytes` of `budget`, which holds them at least; what is loaded again keeps its place.
   * Returns what to call when the load has ended, with whether the model is there.
   */
  async take(name: string, bytes: number, budget: number): Promise<(isThere: boolean) => void> {
    for (;;) {
      const others = [...this.#holders].filter(([other]) => other !== name);
      const held = others.reduce((sum, [, holder]) => sum + holder.bytes, 0);
      if (held + bytes <= budget) break;
      const [victim] = others
        .filter(([, holder]) => holder.loading === undefined)
        .sort(([, left], [, right]) => left.used - right.used);
      if (victim === undefined) {
        await Promise.race(others.map(([, holder]) => holder.loading));
        continue;
      }
      const [other, holder] = victim;
      // It keeps its bytes until it has gone, and nobody else takes it.
      holder.loading = this.#unload(other, name).then(
        () => undefined,
        () => undefined,
      );
      await holder.loading;
      if (this.#holders.get(other) === holder) this.#holders.delete(other);
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    const holder: Holder = { bytes, used: ++this.#tick, loading: promise };
    this.#holders.set(name, holder);
    return (isThere) => {
      holder.loading = undefined;
      if (!isThere && this.#holders.get(name) === holder) this.#holders.delete(name);
      resolve();
    };
  }
}

/**
 * numpy's frozen `RandomState` generator, as far as predictions draw from it: an estimator with an integer `random_state`
 * draws the same numbers at every call. Sources: numpy `random/src/mt19937/mt19937.c`, `random/src/legacy/legacy-distributions.c`,
 * `random/mtrand.pyx`; the stream is guaranteed not to change.
 */
export class LegacyRandom {
  private readonly key = new Uint32Array(624);
  private position = 624;

  /** @param seed a whole number from 0 to 2^32 - 1. */
  constructor(seed: number) {
    let value = seed >>> 0;
    for (let at = 0; at < 624; at++) {
      this.key[at] = value;
      value = (Math.imul(1812433253, value ^ (value >>> 30)) + at + 1) >>> 0;
    }
  }

  /** 32 random bits. */
  nextUint32(): number {
    if (this.position === 624) this.twist();
    let y = this.key[this.position++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  /** 53 random bits as a number in [0, 1). */
  nextDouble(): number {
    const high = this.nextUint32() >>> 5;
    const low = this.nextUint32() >>> 6;
    return (high * 67108864 + low) / 9007199254740992;
  }

  /** `randint(count)`: masked rejection. */
  nextBelow(count: number): number {
    const largest = count - 1;
    if (largest === 0) return 0;
    const mask = 0xffffffff >>> Math.clz32(largest);
    for (;;) {
      const value = (this.nextUint32() & mask) >>> 0;
      if (value <= largest) return value;
    }
  }

  /** `multinomial(1, probabilities)` as the index of the one. */
  nextChoice(probabilities: ArrayLike<number>): number {
    let rest = 1;
    for (let k = 0; k + 1 < probabilities.length; k++) {
      if (this.nextBernoulli(probabilities[k] / rest)) return k;
      rest -= probabilities[k];
    }
    return probabilities.length - 1;
  }

  /** `binomial(1, p)`, by the inversion that numpy uses for small counts. */
  private nextBernoulli(p: number): boolean {
    return p <= 0.5 ? this.invert(p) : !this.invert(1 - p);
  }

  private invert(p: number): boolean {
    const q = 1 - p;
    // numpy computes q as exp(1 · log(q)), which may differ from it in the last digit.
    const start = Math.exp(Math.log(q));
    for (;;) {
      const draw = this.nextDouble();
      if (!(draw > start)) return false;
      if (!(draw - start > (p * start) / q)) return true;
    }
  }

  private twist(): void {
    const { key } = this;
    for (let at = 0; at < 624; at++) {
      const y = (key[at] & 0x80000000) | (key[(at + 1) % 624] & 0x7fffffff);
      key[at] = key[(at + 397) % 624] ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.position = 0;
  }
}

/** A name that a pickle asks Python for, however often. */
export interface FoundGlobal {
  /** As written, e.g. `numpy.core.multiarray`. */
  readonly module: string;
  readonly name: string;
  count: number;
  /** Whether it is called with arguments of the file, not only mentioned. */
  called: boolean;
  /** Byte of the unpacked file where it stands first. */
  readonly offset: number;
}

/** What a pickle does besides naming things. */
export interface Oddity {
  /** `damaged`: Python's own reading would end there. `incomplete`: ours did. `code`: it holds code, in no pickle. */
  readonly kind: 'computed-name' | 'computed-call' | 'outside' | 'incomplete' | 'damaged' | 'unread' | 'code';
  readonly message: string;
}

/** Names that are kept; a file that has more is no model. */
const MAX_GLOBALS = 10_000;
const MAX_ODDITIES = 100;

/** Collects what the pickles of one file ask for. */
export class Findings {
  readonly globals = new Map<string, FoundGlobal>();
  readonly oddities: Oddity[] = [];
  /** Pickles that were read, those inside of others among them. */
  pickles = 0;

  global(module: string, name: string, offset: number, count = 1): void {
    const key = JSON.stringify([module, name]);
    const known = this.globals.get(key);
    if (known !== undefined) known.count += count;
    else if (this.globals.size < MAX_GLOBALS) this.globals.set(key, { module, name, count, called: false, offset });
    else this.odd('incomplete', `it names more than ${MAX_GLOBALS} things; the others are not listed`);
  }

  called(module: string, name: string): void {
    const known = this.globals.get(JSON.stringify([module, name]));
    if (known !== undefined) known.called = true;
  }

  odd(kind: Oddity['kind'], message: string): void {
    if (this.oddities.length >= MAX_ODDITIES || this.oddities.some((one) => one.message === message)) return;
    this.oddities.push({ kind, message });
  }

  /** What was found in a pickle inside of this one. */
  take(inner: Findings): void {
    this.pickles += inner.pickles;
    for (const { module, name, count, called, offset } of inner.globals.values()) {
      this.global(module, name, offset, count);
      if (called) this.called(module, name);
    }
    for (const { kind, message } of inner.oddities) this.odd(kind, message);
  }
}

import { LoadError } from '@berth/inference';

/**
 * A bound on the bytes that reading one file may make beyond the file itself. A pickle can name one long string and ask
 * for a converted copy of it a million times; each copy is taken from here before it is made.
 */
export class Budget {
  #left: number;

  /** @param fileBytes size of the (decompressed) file: honest files need a small multiple of it. */
  constructor(fileBytes: number) {
    this.#left = 32 * 1024 * 1024 + 8 * fileBytes;
  }

  /** @throws LoadError LimitExceeded where the file asks for more than any honest one of its size would. */
  take(bytes: number): void {
    this.#left -= bytes;
    if (!(this.#left >= 0)) {
      throw new LoadError(
        'LimitExceeded',
        'the file asks for far more memory than its size allows; it looks like a bomb',
      );
    }
  }
}

import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { CommandError } from '../terminal/exit-codes.ts';
import type { Io } from '../terminal/io.ts';
import { writeFailure } from './file-failure.ts';
import type { Progress } from './journal.ts';

/** Where scored rows go. */
export interface Sink {
  write(text: Uint8Array | string): Promise<void>;
  /** Adds to the side file of failed rows. */
  writeErrors(text: string): Promise<void>;
  readonly hasErrors: boolean;
  checkpoint(progress: Omit<Progress, 'outputBytes' | 'errorBytes'>): Promise<void>;
  finish(): Promise<void>;
  close(): Promise<void>;
}

/** Standard output, in whose order nothing can be taken back; the side file only where it has a name. */
export class StandardOutput implements Sink {
  readonly #io: Io;
  readonly #errors: string | undefined;
  #file: FileHandle | undefined;
  #told = false;

  constructor(io: Io, errors: string | undefined, replace: boolean) {
    if (errors !== undefined && !replace && existsSync(errors)) {
      throw new CommandError(`${errors} is there already`, { code: 'FileExists', hint: '--force writes it anew' });
    }
    this.#io = io;
    this.#errors = errors;
  }

  async write(text: Uint8Array | string): Promise<void> {
    this.#io.out(typeof text === 'string' ? text : Buffer.from(text).toString('utf8'));
    // A slow reader holds the run back instead of filling the memory; one that has gone ends it.
    if (process.stdout.writableNeedDrain)
      await Promise.race([once(process.stdout, 'drain'), once(process.stdout, 'close')]);
  }

  async writeErrors(text: string): Promise<void> {
    this.#told = true;
    if (this.#errors === undefined) return;
    try {
      this.#file ??= await open(this.#errors, 'w');
      await this.#file.write(text);
    } catch (thrown) {
      throw writeFailure(thrown, this.#errors);
    }
  }

  get hasErrors(): boolean {
    return this.#told;
  }

  async checkpoint(): Promise<void> {}

  finish(): Promise<void> {
    return this.close();
  }

  async close(): Promise<void> {
    await this.#file?.close();
  }
}

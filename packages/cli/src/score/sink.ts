import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { CommandError } from '../terminal/exit-codes.ts';
import type { Io } from '../terminal/io.ts';
import { writeFailure } from './file-failure.ts';
import type { Progress } from './journal.ts';

/** Where scored rows go. */
export interface Sink {
  /** Adds rows, and lines to the side file of failed rows. */
  write(text: Uint8Array | string, failed: string): Promise<void>;
  readonly hasErrors: boolean;
  checkpoint(progress: Omit<Progress, 'outputBytes' | 'errorBytes'>): Promise<void>;
  /** Takes back what a failed write has left. */
  cutBack(): Promise<void>;
  finish(): Promise<void>;
  /** Removes what was written. */
  discard(): Promise<void>;
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

  async write(text: Uint8Array | string, failed: string): Promise<void> {
    if (failed !== '') await this.#writeFailed(failed);
    if (process.stdout.destroyed) throw gone();
    this.#io.out(typeof text === 'string' ? text : Buffer.from(text).toString('utf8'));
    // A slow reader holds the run back instead of filling the memory; one that has gone ends it.
    if (!process.stdout.writableNeedDrain) return;
    const closed = once(process.stdout, 'close');
    await Promise.race([once(process.stdout, 'drain'), closed]).catch(() => {
      throw gone();
    });
  }

  async #writeFailed(text: string): Promise<void> {
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

  async cutBack(): Promise<void> {}

  async discard(): Promise<void> {}

  finish(): Promise<void> {
    return this.close();
  }

  async close(): Promise<void> {
    await this.#file?.close();
  }
}

function gone(): CommandError {
  return new CommandError('nobody reads the output any more');
}

import { existsSync, rmSync } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CommandError } from '../terminal/exit-codes.ts';
import { writeFailure } from './file-failure.ts';
import { type Progress, type RunIdentity, readJournal, writeJournal } from './journal.ts';

/** The files that a run writes. */
export interface OutputPaths {
  readonly output: string;
  readonly errors: string;
}

/** What to do where files are there already. */
export type Existing = 'refuse' | 'replace' | 'resume';

const partialOf = (path: string) => `${path}.partial`;
const journalOf = (path: string) => `${path}.partial.json`;

/**
 * Looks what is there before any work is done; true where the whole output is, and `resume` was asked for.
 * @throws CommandError FileExists
 */
export function isComplete({ output, errors }: OutputPaths, existing: Existing): boolean {
  const isPartial = existsSync(partialOf(output));
  if (existing === 'replace') return false;
  if (existing === 'resume') {
    const isWhole = !isPartial && existsSync(output);
    // The process may have ended after the last rename.
    if (isWhole) rmSync(journalOf(output), { force: true });
    return isWhole;
  }
  if (isPartial) {
    throw new CommandError(`a run that did not end has left ${partialOf(output)}`, {
      code: 'FileExists',
      hint: '--resume goes on with it, --force starts again',
    });
  }
  for (const path of [output, errors]) {
    if (!existsSync(path)) continue;
    throw new CommandError(`${path} is there already`, { code: 'FileExists', hint: '--force writes it anew' });
  }
  return false;
}

/**
 * The output and the side file of failed rows, under names that say they are partial until both are whole. What `checkpoint` has
 * been told of survives any end of the process.
 */
export class OutputFiles {
  readonly #paths: OutputPaths;
  readonly #identity: RunIdentity;
  readonly #output: FileHandle;
  #errors: FileHandle | undefined;
  #outputBytes: number;
  #errorBytes: number;

  private constructor(paths: OutputPaths, identity: RunIdentity, output: FileHandle, resumed: Progress | undefined) {
    this.#paths = paths;
    this.#identity = identity;
    this.#output = output;
    this.#outputBytes = resumed?.outputBytes ?? 0;
    this.#errorBytes = resumed?.errorBytes ?? 0;
  }

  /** Opens new files, or those of an earlier run as its journal left them. @throws CommandError */
  static async open(
    paths: OutputPaths,
    identity: RunIdentity,
    existing: Existing,
  ): Promise<{ files: OutputFiles; resumed: Progress | undefined }> {
    const partial = partialOf(paths.output);
    try {
      const resumed = existing === 'resume' ? await readJournal(journalOf(paths.output), identity) : undefined;
      if (resumed === undefined) {
        await rm(journalOf(paths.output), { force: true });
        await rm(partialOf(paths.errors), { force: true });
        return { files: new OutputFiles(paths, identity, await open(partial, 'w'), undefined), resumed };
      }
      const output = await cutTo(partial, resumed.outputBytes);
      const files = new OutputFiles(paths, identity, output, resumed);
      // The process may have ended between the two renames.
      const isNamed = !existsSync(partialOf(paths.errors)) && existsSync(paths.errors);
      if (resumed.errorBytes > 0 && isNamed) await rename(paths.errors, partialOf(paths.errors));
      if (resumed.errorBytes > 0) files.#errors = await cutTo(partialOf(paths.errors), resumed.errorBytes);
      else await rm(partialOf(paths.errors), { force: true });
      return { files, resumed };
    } catch (thrown) {
      throw writeFailure(thrown, paths.output);
    }
  }

  /** Adds to the output, and to the side file, which is made now where it is not there: both or neither counts. */
  async write(text: Uint8Array | string, failed: string): Promise<void> {
    const rows = typeof text === 'string' ? Buffer.from(text) : text;
    const reasons = Buffer.from(failed);
    await this.#guard(this.#paths.output, () => writeAll(this.#output, rows, this.#outputBytes));
    if (reasons.length > 0) {
      await this.#guard(this.#paths.errors, async () => {
        this.#errors ??= await open(partialOf(this.#paths.errors), 'w');
        await writeAll(this.#errors, reasons, this.#errorBytes);
      });
    }
    this.#outputBytes += rows.length;
    this.#errorBytes += reasons.length;
  }

  /** Whether the side file has been begun. */
  get hasErrors(): boolean {
    return this.#errorBytes > 0;
  }

  /** Makes what is written durable, and remembers how far it is. */
  async checkpoint(progress: Omit<Progress, 'outputBytes' | 'errorBytes'>): Promise<void> {
    await this.#guard(this.#paths.output, async () => {
      await this.#output.datasync();
      await this.#errors?.datasync();
      const bytes = { outputBytes: this.#outputBytes, errorBytes: this.#errorBytes };
      await writeJournal(journalOf(this.#paths.output), this.#identity, { ...progress, ...bytes });
    });
  }

  /** Gives both files their names: the output is whole. */
  async finish(): Promise<void> {
    const { output, errors } = this.#paths;
    await this.#guard(output, async () => {
      await this.#output.sync();
      await this.#errors?.sync();
      await this.close();
      if (this.hasErrors) await rename(partialOf(errors), errors);
      else await rm(errors, { force: true });
      await rename(partialOf(output), output);
      await rm(journalOf(output), { force: true });
      await syncFolder(dirname(output));
    });
  }

  /** After a write that failed: takes back what does not count, which also makes room for the journal. */
  async cutBack(): Promise<void> {
    await this.#output.truncate(this.#outputBytes);
    await this.#errors?.truncate(this.#errorBytes);
  }

  /** Removes what a run has written that came to nothing. */
  async discard(): Promise<void> {
    await this.close();
    for (const path of [partialOf(this.#paths.output), partialOf(this.#paths.errors), journalOf(this.#paths.output)]) {
      await rm(path, { force: true });
    }
  }

  /** Closes the files as they are. May be called more than once. */
  async close(): Promise<void> {
    await this.#output.close();
    await this.#errors?.close();
  }

  async #guard(path: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (thrown) {
      throw writeFailure(thrown, path, 'make room, or choose another place; --resume goes on with what is written');
    }
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

/** A partial file without what was written after the journal. */
async function cutTo(path: string, bytes: number): Promise<FileHandle> {
  const file = await open(path, 'r+').catch(() => undefined);
  const size = (await file?.stat())?.size ?? -1;
  if (file === undefined || size < bytes) {
    await file?.close();
    throw new CommandError(`${path} is not as its journal says`, { hint: '--force starts again' });
  }
  await file.truncate(bytes);
  return file;
}

/** Makes renames durable, where the system can. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => undefined);
  await folder?.sync().catch(() => undefined);
  await folder?.close();
}

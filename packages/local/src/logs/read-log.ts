import { type FileHandle, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** The files of one run of a replica, oldest first, with the number of the run. */
export interface LogRun {
  readonly run: number;
  readonly files: readonly string[];
}

/** The name of the log file of a replica's n-th run, as the kubelet names them. */
export function runLogName(run: number): string {
  return `${run}.log`;
}

/** The runs of a replica whose output is there, oldest first. Empty where there is none. */
export async function listRuns(folder: string): Promise<LogRun[]> {
  const names = await readdir(folder).catch(() => []);
  const runs = new Map<number, { readonly name: string; readonly age: number }[]>();
  for (const name of names) {
    const match = /^(\d{1,9})\.log(?:\.(\d{1,3}))?$/.exec(name);
    if (match === null) continue;
    const run = Number(match[1]);
    const files = runs.get(run) ?? [];
    files.push({ name, age: Number(match[2] ?? 0) });
    runs.set(run, files);
  }
  return [...runs]
    .sort(([left], [right]) => left - right)
    .map(([run, files]) => ({
      run,
      files: files.sort((left, right) => right.age - left.age).map(({ name }) => join(folder, name)),
    }));
}

const CHUNK_BYTES = 64 * 1024;
const NEWLINE = 10;

/** Reads a file from an offset, line by line, and remembers where it is. */
export class LineReader {
  readonly #handle: FileHandle;
  readonly inode: number;
  #offset: number;
  #rest: Buffer = Buffer.alloc(0);

  private constructor(handle: FileHandle, inode: number, offset: number) {
    this.#handle = handle;
    this.inode = inode;
    this.#offset = offset;
  }

  /** Undefined where there is no such file. */
  static async open(path: string, offset = 0): Promise<LineReader | undefined> {
    const handle = await open(path, 'r').catch(() => undefined);
    if (handle === undefined) return undefined;
    return new LineReader(handle, (await handle.stat()).ino, offset);
  }

  /** Complete lines up to the present end of the file, in pieces. */
  async *lines(): AsyncGenerator<string[]> {
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    for (;;) {
      const { bytesRead } = await this.#handle.read(buffer, 0, CHUNK_BYTES, this.#offset);
      if (bytesRead === 0) return;
      this.#offset += bytesRead;
      const all = Buffer.concat([this.#rest, buffer.subarray(0, bytesRead)]);
      const end = all.lastIndexOf(NEWLINE);
      this.#rest = all.subarray(end + 1);
      if (end >= 0) yield all.toString('utf8', 0, end).split('\n');
    }
  }

  /** The offset at which the last `count` lines begin; 0 where there are fewer. With how many there are. */
  async findTail(count: number): Promise<{ readonly offset: number; readonly lines: number }> {
    let end = (await this.#handle.stat()).size;
    let found = 0;
    while (end > 0) {
      const from = Math.max(0, end - CHUNK_BYTES);
      const buffer = Buffer.allocUnsafe(end - from);
      await this.#handle.read(buffer, 0, buffer.length, from);
      for (let index = buffer.length - 1; index >= 0; index--) {
        if (buffer[index] !== NEWLINE) continue;
        // The line end before the first of the wanted lines.
        if (found++ === count) return { offset: from + index + 1, lines: count };
      }
      end = from;
    }
    return { offset: 0, lines: found };
  }

  seek(offset: number): void {
    this.#offset = offset;
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

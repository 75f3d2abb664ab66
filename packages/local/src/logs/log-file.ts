import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** How much of a process's output is kept. */
export interface LogLimits {
  /** Bytes of one file. */
  readonly maxBytes: number;
  /** Files, the one that is written to included. */
  readonly files: number;
}

export const DEFAULT_LOG_LIMITS: LogLimits = { maxBytes: 10 * 1024 * 1024, files: 3 };

const MAX_BATCH_BYTES = 512 * 1024;
/** Milliseconds between two tries to write where the disk refused. */
const RETRY_MS = 1_000;

/**
 * A log file that is rotated to `<path>.1`, `.2`, … Nothing that happens to the disk reaches who writes: what can not be
 * written is counted, and the count is written when there is room again.
 */
export class LogFile {
  readonly #path: string;
  readonly #limits: LogLimits;
  readonly #elapsed: () => number;
  #queue: Buffer[] = [];
  #pending = 0;
  #running: Promise<void> | undefined;
  #handle: FileHandle | undefined;
  #size = 0;
  #dropped = 0;
  #reason = '';
  #retryAt = 0;
  #onRoom: (() => void)[] = [];

  constructor(path: string, limits: LogLimits = DEFAULT_LOG_LIMITS, elapsed: () => number = () => performance.now()) {
    this.#path = path;
    this.#limits = limits;
    this.#elapsed = elapsed;
  }

  /** Bytes that wait to be written. */
  get pendingBytes(): number {
    return this.#pending;
  }

  append(lines: Buffer): void {
    if (lines.length === 0) return;
    this.#queue.push(lines);
    this.#pending += lines.length;
    this.#running ??= this.#run();
  }

  /** Calls back when less than half a megabyte waits. */
  onRoom(callback: () => void): void {
    if (this.#running === undefined) callback();
    else this.#onRoom.push(callback);
  }

  /** Resolves when everything is written (or given up) and the file is closed. */
  async close(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
    await this.#closeHandle();
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#takeBatch();
      const lines = batch.length === 1 ? (batch[0] as Buffer) : Buffer.concat(batch);
      await this.#write(lines);
      this.#pending -= lines.length;
      if (this.#pending < 512 * 1024) this.#tellRoom();
    }
    this.#running = undefined;
    this.#tellRoom();
  }

  #takeBatch(): Buffer[] {
    const most = Math.min(MAX_BATCH_BYTES, this.#limits.maxBytes / 2);
    let bytes = 0;
    let count = 0;
    while (count < this.#queue.length && (count === 0 || bytes + (this.#queue[count] as Buffer).length <= most)) {
      bytes += (this.#queue[count++] as Buffer).length;
    }
    return this.#queue.splice(0, count);
  }

  #tellRoom(): void {
    const waiting = this.#onRoom;
    this.#onRoom = [];
    for (const callback of waiting) callback();
  }

  async #write(lines: Buffer): Promise<void> {
    if (this.#dropped > 0 && this.#elapsed() < this.#retryAt) {
      this.#dropped += lines.length;
      return;
    }
    try {
      if (this.#handle === undefined) await this.#open();
      if (this.#size > 0 && this.#size + lines.length > this.#limits.maxBytes) await this.#rotate();
      if (this.#dropped > 0) {
        const time = new Date().toISOString();
        await this.#writeAll(
          Buffer.from(`${time} stderr F [${this.#dropped} bytes of output were not written: ${this.#reason}]\n`),
        );
        this.#dropped = 0;
      }
      await this.#writeAll(lines);
    } catch (error) {
      this.#dropped += lines.length;
      this.#reason = String((error as NodeJS.ErrnoException).code ?? error);
      this.#retryAt = this.#elapsed() + RETRY_MS;
      await this.#closeHandle();
    }
  }

  async #writeAll(lines: Buffer): Promise<void> {
    let from = 0;
    while (from < lines.length) {
      const { bytesWritten } = await (this.#handle as FileHandle).write(lines, from);
      from += bytesWritten;
      this.#size += bytesWritten;
    }
  }

  async #open(): Promise<void> {
    await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
    this.#handle = await open(this.#path, 'a', 0o600);
    this.#size = (await this.#handle.stat()).size;
  }

  async #rotate(): Promise<void> {
    await this.#closeHandle();
    const { files } = this.#limits;
    if (files <= 1) await rm(this.#path, { force: true });
    for (let index = files - 1; index >= 1; index--) {
      const from = index === 1 ? this.#path : `${this.#path}.${index - 1}`;
      await rename(from, `${this.#path}.${index}`).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error;
      });
    }
    await this.#open();
  }

  async #closeHandle(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close().catch(() => undefined);
  }
}

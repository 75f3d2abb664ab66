import type { Readable } from 'node:stream';
import { LogFile, type LogLimits } from './log-file.ts';
import { LineFramer, parseLogLine } from './log-line.ts';

/** Bytes that may wait for the disk before the process that writes them is made to wait too. */
const MAX_PENDING_BYTES = 1024 * 1024;
/** Holds at least one longest piece, whatever was cut before it. */
const TAIL_BYTES = 40 * 1024;
const TAIL_LINES = 20;
/** Bytes of one line that are shown in a status. */
const TAIL_LINE_LENGTH = 1_000;

/** The output of one process on its way to its log file. */
export class OutputCapture {
  readonly #file: LogFile;
  readonly #streams: Readable[] = [];
  #tail: Buffer = Buffer.alloc(0);
  #open = 0;
  #onEnd: (() => void)[] = [];
  #isPaused = false;

  constructor(path: string, limits?: LogLimits) {
    this.#file = new LogFile(path, limits);
  }

  /** Takes over a stream. */
  take(stream: Readable, name: 'stdout' | 'stderr'): void {
    const framer = new LineFramer(name);
    this.#streams.push(stream);
    this.#open++;
    stream.on('data', (chunk: Buffer) => this.#add(framer.frame(chunk, new Date())));
    stream.on('error', () => undefined);
    stream.once('close', () => {
      this.#add(framer.end(new Date()));
      if (--this.#open === 0) for (const callback of this.#onEnd.splice(0)) callback();
    });
  }

  /** Resolves when every stream has ended, at the latest after `timeoutMs`: a grandchild may hold one open. */
  ended(timeoutMs: number): Promise<void> {
    if (this.#open === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#onEnd.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** The last lines, oldest first. */
  tail(): string[] {
    const text = this.#tail.toString('utf8');
    const lines: string[] = [];
    for (const line of text.split('\n').slice(-TAIL_LINES - 1)) {
      const parsed = parseLogLine(line);
      if (parsed !== undefined) lines.push(parsed.text.slice(0, TAIL_LINE_LENGTH));
    }
    return lines.slice(-TAIL_LINES);
  }

  async close(): Promise<void> {
    for (const stream of this.#streams) stream.destroy();
    await this.#file.close();
  }

  #add(lines: Buffer): void {
    if (lines.length === 0) return;
    this.#file.append(lines);
    this.#tail =
      lines.length >= TAIL_BYTES
        ? Buffer.from(lines.subarray(lines.length - TAIL_BYTES))
        : Buffer.concat([this.#tail.subarray(Math.max(0, this.#tail.length + lines.length - TAIL_BYTES)), lines]);
    if (this.#isPaused || this.#file.pendingBytes <= MAX_PENDING_BYTES) return;
    this.#isPaused = true;
    for (const stream of this.#streams) stream.pause();
    this.#file.onRoom(() => {
      this.#isPaused = false;
      for (const stream of this.#streams) stream.resume();
    });
  }
}

import type { LogLine } from './pod-logs.ts';

/** Longest piece of a line; the rest follows marked as its continuation, as container runtimes do (CRI). */
export const MAX_LINE_BYTES = 16 * 1024;

const NEWLINE = 10;
const CARRIAGE_RETURN = 13;

/**
 * Cuts the output of one stream into lines with a head each: `<RFC 3339 time> <stdout|stderr> <F|P> `. Memory is bounded
 * by the longest piece. A line that never ends is written in pieces marked `P`.
 */
export class LineFramer {
  readonly #stream: 'stdout' | 'stderr';
  #rest: Buffer = Buffer.alloc(0);

  constructor(stream: 'stdout' | 'stderr') {
    this.#stream = stream;
  }

  /** What is complete after `chunk`; `now` is the time of all its lines. */
  frame(chunk: Buffer, now: Date): Buffer {
    const input = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const full = this.#head(now, 'F');
    const part = this.#head(now, 'P');
    // Each line grows by its head; the buffer is made larger when there are more lines than thought.
    let output = Buffer.allocUnsafe(input.length + (full.length + 1) * (8 + (input.length >> 5)));
    let written = 0;
    const write = (head: Buffer, from: number, to: number) => {
      const needed = written + head.length + (to - from) + 1;
      if (needed > output.length) output = Buffer.concat([output.subarray(0, written)], needed * 2);
      written += head.copy(output, written);
      written += input.copy(output, written, from, to);
      output[written++] = NEWLINE;
    };
    let start = 0;
    for (;;) {
      const newline = input.indexOf(NEWLINE, start);
      const end = newline < 0 ? input.length : newline;
      while (end - start > MAX_LINE_BYTES) {
        write(part, start, start + MAX_LINE_BYTES);
        start += MAX_LINE_BYTES;
      }
      if (newline < 0) break;
      write(full, start, end > start && input[end - 1] === CARRIAGE_RETURN ? end - 1 : end);
      start = newline + 1;
    }
    // A copy: what is left must not hold the whole chunk.
    this.#rest = Buffer.from(input.subarray(start));
    return output.subarray(0, written);
  }

  /** The last line where the stream ended without a line end. */
  end(now: Date): Buffer {
    if (this.#rest.length === 0) return this.#rest;
    const line = Buffer.concat([this.#head(now, 'F'), this.#rest, Buffer.from([NEWLINE])]);
    this.#rest = Buffer.alloc(0);
    return line;
  }

  #head(now: Date, tag: 'F' | 'P'): Buffer {
    return Buffer.from(`${now.toISOString()} ${this.#stream} ${tag} `, 'latin1');
  }
}

/** A line of a log file with its tag; undefined where it is none (a file that was cut). */
export function parseLogLine(line: string): (LogLine & { readonly isPart: boolean }) | undefined {
  const match = /^(\S{20,40}) (stdout|stderr) ([FP]) /.exec(line);
  if (match === null) return undefined;
  const [head, time, stream, tag] = match as unknown as [string, string, 'stdout' | 'stderr', string];
  return { time, stream, text: line.slice(head.length), isPart: tag === 'P' };
}

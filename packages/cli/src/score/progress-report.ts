import type { Io } from '../terminal/io.ts';
import { type Pace, progressLine } from './progress-line.ts';

const TERMINAL_MS = 200;
const PLAIN_MS = 10_000;

/** Tells how far a run is: one line that changes on a terminal, a line every ten seconds elsewhere, nothing when quiet. */
export class ProgressReport {
  readonly #io: Io;
  readonly #quiet: boolean;
  #toldAt = 0;
  #shown = 0;

  constructor(io: Io, quiet: boolean) {
    this.#io = io;
    this.#quiet = quiet;
  }

  update(pace: Pace): void {
    const every = this.#io.isTerminal ? TERMINAL_MS : PLAIN_MS;
    if (this.#quiet || pace.elapsedMs - this.#toldAt < every) return;
    this.#toldAt = pace.elapsedMs;
    const line = progressLine(pace);
    if (!this.#io.isTerminal) {
      this.#io.err(`${line}\n`);
      return;
    }
    this.#io.err(`\r${line.padEnd(this.#shown)}`);
    this.#shown = line.length;
  }

  /** Takes the line away, so that what follows starts on an empty one. */
  clear(): void {
    if (this.#shown > 0) this.#io.err(`\r${' '.repeat(this.#shown)}\r`);
    this.#shown = 0;
  }
}

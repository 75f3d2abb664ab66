import type { AppReport } from '../app/reports.ts';
import { codeLine } from './code-line.ts';
import { type Io, printable } from './io.ts';
import { type TryLine, tryLine } from './try-line.ts';

const PROGRESS_INTERVAL_MS = 500;

/** Prints what server processes report, each thing once: only the first process speaks, the others do the same. */
export class ReportPrinter {
  readonly #io: Io;
  #failures = 0;
  #loads = 0;
  #lastProgress = 0;
  #sample: Extract<AppReport, { kind: 'sample' }> | undefined;

  constructor(io: Io) {
    this.#io = io;
  }

  /** Loads that have failed until now. */
  get failures(): number {
    return this.#failures;
  }

  print(report: AppReport, worker: number): void {
    if (worker !== 0) return;
    switch (report.kind) {
      case 'warning':
        this.#line('warning', report.about, report.message);
        return;
      case 'failed':
        this.#failures++;
        this.#line('not ready', report.about, report.message);
        if (report.code !== undefined) this.#io.err(codeLine(report.code));
        return;
      case 'sample':
        this.#sample ??= report;
        return;
      case 'kept':
        this.#line('not taken', report.about, `${report.message}; what was loaded before goes on serving`);
        if (report.code !== undefined) this.#io.err(codeLine(report.code));
        return;
      case 'loaded': {
        this.#loads++;
        const version = report.version === '' ? '' : ` (version ${report.version})`;
        const time = report.milliseconds === undefined ? '' : ` in ${Math.round(report.milliseconds)} ms`;
        this.#line('ready', `${report.about}${version}`, `${report.summary ?? 'loaded'}${time}`);
        return;
      }
      case 'progress': {
        const now = performance.now();
        if (now - this.#lastProgress < PROGRESS_INTERVAL_MS) return;
        this.#lastProgress = now;
        this.#line('loading', report.about, report.message);
        return;
      }
      default:
    }
  }

  /** The last line of a start: how to ask the first model. */
  tryIt(target: TryLine['target'], needsKey: boolean): void {
    // The server stays: a model can be loaded by name once it is mended.
    if (this.#failures > 0 && this.#loads === 0) {
      this.#io.err('nothing is served: requests are answered with 503 and the reason; Ctrl-C ends the server\n');
    }
    if (this.#sample === undefined) return;
    const { model, prefix, sample } = this.#sample;
    this.#io.err(`try: ${printable(tryLine({ model, prefix, ...sample, target, needsKey }))}\n`);
  }

  #line(label: string, about: string, message: string): void {
    this.#io.err(`${label}: ${printable(about)}: ${printable(message)}\n`);
  }
}

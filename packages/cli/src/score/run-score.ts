import { availableParallelism, freemem } from 'node:os';
import { csvRow, type Position, type RejectedRow } from '@berth/tables';
import { CommandError } from '../terminal/exit-codes.ts';
import type { Io } from '../terminal/io.ts';
import { printable } from '../terminal/io.ts';
import type { Progress } from './journal.ts';
import { type Existing, isComplete, OutputFiles, type OutputPaths } from './output-files.ts';
import { headerText } from './output-rows.ts';
import { type Prepared, prepare, type ScoreRequest } from './prepare.ts';
import { duration, grouped, speed } from './progress-line.ts';
import { ProgressReport } from './progress-report.ts';
import { scoreParts } from './score-parts.ts';
import { type Sink, StandardOutput } from './sink.ts';

/** How a run writes, and when it stops. */
export interface RunOptions {
  /** Undefined for standard output. */
  readonly output: string | undefined;
  readonly errors: string | undefined;
  readonly existing: Existing;
  /** Rows that may fail; undefined for any number, which the exit code tells of. */
  readonly maxErrors: number | undefined;
  /** Threads; undefined for as many as the machine has cores. */
  readonly jobs: number | undefined;
  readonly quiet: boolean;
  readonly checkpointMs: number;
  /** Bytes of text that a thread takes at once: the journal's grain, the same whatever the number of threads. */
  readonly partBytes: number;
}

/** A smaller file is done before threads have started. */
const SMALL = 8 << 20;
const ERROR_HEADER = csvRow(['row', 'line', 'reason', 'text']);

interface State {
  scored: number;
  failed: number;
  next: Position | undefined;
  firstFailure: RejectedRow | undefined;
}

/**
 * Scores a file. Resolves when the output is whole.
 * @throws CommandError, also where rows failed (RowsFailed) and where `signal` ended it (Interrupted)
 */
export async function runScore(request: ScoreRequest, options: RunOptions, io: Io, signal: AbortSignal): Promise<void> {
  const say = (text: string) => {
    if (!options.quiet) io.err(`${printable(text)}\n`);
  };
  const paths = options.output === undefined ? undefined : pathsOf(options.output, options.errors);
  if (paths !== undefined && isComplete(paths, options.existing)) {
    say(`${paths.output} is complete already`);
    return;
  }
  const prepared = await prepare(request, (message) => say(`warning: ${message}`));
  try {
    // Ctrl-C while the model was loaded: nothing is written yet.
    if (signal.aborted) throw new CommandError('interrupted before the first row', { code: 'Interrupted' });
    for (const note of prepared.notes) say(`note: ${note}`);
    await scoreTable(prepared, paths, options, io, signal, say);
  } finally {
    await prepared.table.close();
  }
}

function pathsOf(output: string, errors: string | undefined): OutputPaths {
  return { output, errors: errors ?? `${output}.errors.csv` };
}

async function scoreTable(
  prepared: Prepared,
  paths: OutputPaths | undefined,
  options: RunOptions,
  io: Io,
  signal: AbortSignal,
  say: (text: string) => void,
): Promise<void> {
  const { job, table } = prepared;
  const { sink, resumed } = await openSink(prepared, paths, options, io);
  const state: State = {
    scored: resumed?.scored ?? 0,
    failed: resumed?.failed ?? 0,
    next: resumed?.next,
    firstFailure: undefined,
  };
  const doneBefore = resumed === undefined ? 0 : table.share(resumed.next);
  const rowsBefore = state.scored + state.failed;
  if (resumed !== undefined) say(`going on after ${grouped(rowsBefore)} rows`);
  const report = new ProgressReport(io, options.quiet);
  const started = performance.now();
  try {
    if (resumed === undefined) await sink.write(headerText(job.plan, job.header), '');
    let checkpointAt = started;
    const threads = threadsFor(prepared, options.jobs);
    for await (const { result, next } of scoreParts(job, table.parts(options.partBytes, resumed?.next), threads)) {
      await sink.write(result.text, failedLines(sink, result.failed));
      state.scored += result.scored;
      state.failed += result.failed.length;
      state.firstFailure ??= result.failed[0];
      state.next = next;
      const now = performance.now();
      const rows = state.scored + state.failed;
      const elapsedMs = now - started;
      report.update({
        rows,
        failed: state.failed,
        rowsNow: rows - rowsBefore,
        elapsedMs,
        done: table.share(next),
        doneBefore,
      });
      if (now - checkpointAt >= options.checkpointMs) {
        await sink.checkpoint({ next, scored: state.scored, failed: state.failed });
        checkpointAt = performance.now();
      }
      if (signal.aborted) throw interrupted(state, paths);
      if (options.maxErrors !== undefined && state.failed > options.maxErrors) throw tooMany(state, options, paths);
    }
    report.clear();
    await sink.finish();
  } catch (thrown) {
    await leave(sink, state, resumed !== undefined);
    throw thrown;
  } finally {
    report.clear();
    await sink.close();
  }
  const elapsed = performance.now() - started;
  const pace = speed(state.scored + state.failed - rowsBefore, elapsed);
  say(
    `scored ${grouped(state.scored)} rows in ${duration(elapsed)} (${pace})${paths === undefined ? '' : `: ${paths.output}`}`,
  );
  if (state.failed > 0) told(state, options, paths, say);
}

async function openSink(
  { identity }: Prepared,
  paths: OutputPaths | undefined,
  options: RunOptions,
  io: Io,
): Promise<{ sink: Sink; resumed: Progress | undefined }> {
  if (paths === undefined) {
    return { sink: new StandardOutput(io, options.errors, options.existing === 'replace'), resumed: undefined };
  }
  const { files, resumed } = await OutputFiles.open(paths, identity, options.existing);
  return { sink: files, resumed };
}

/** As many as there are cores, unless the copies of the model would fill the memory. */
function threadsFor({ table, modelBytes }: Prepared, jobs: number | undefined): number {
  if (jobs === undefined && table.sizeBytes < SMALL) return 0;
  const fitting = Math.max(1, Math.floor(freemem() / 2 / Math.max(1, modelBytes * 4)));
  const threads = jobs ?? Math.min(availableParallelism(), fitting);
  return threads === 1 ? 0 : threads;
}

/** Lines of the side file, with its header where they are the first. */
function failedLines(sink: Sink, failed: readonly RejectedRow[]): string {
  if (failed.length === 0) return '';
  const lines = failed.map(({ row, line, reason, text }) => csvRow([row, line, reason, text])).join('');
  return sink.hasErrors ? lines : ERROR_HEADER + lines;
}

/** After a failure: what is written stays for a next run to go on with, or goes where it has no rows. */
async function leave(sink: Sink, { next, scored, failed }: State, isResumed: boolean): Promise<void> {
  if (next === undefined && !isResumed) {
    await sink.discard();
    return;
  }
  try {
    await sink.cutBack();
    if (next !== undefined) await sink.checkpoint({ next, scored, failed });
  } catch {
    // The failure that is told is the first one; the last checkpoint is still there.
  }
}

function interrupted(state: State, paths: OutputPaths | undefined): CommandError {
  const rows = `${grouped(state.scored + state.failed)} rows`;
  if (paths === undefined) return new CommandError(`interrupted after ${rows}`, { code: 'Interrupted' });
  return new CommandError(`interrupted after ${rows}, which are in ${paths.output}.partial`, {
    code: 'Interrupted',
    hint: 'the same command with --resume goes on',
  });
}

function tooMany(state: State, { maxErrors }: RunOptions, paths: OutputPaths | undefined): CommandError {
  const where = paths === undefined ? '' : `; ${paths.errors}.partial has them`;
  const goOn = paths === undefined ? '' : '; --resume with a larger --max-errors goes on';
  return new CommandError(`${grouped(state.failed)} rows failed, and ${maxErrors} may${where}`, {
    code: 'RowsFailed',
    hint: `${firstReason(state)}${goOn}`,
  });
}

/** Says how many rows failed. @throws CommandError RowsFailed where nobody said that some may */
function told(state: State, options: RunOptions, paths: OutputPaths | undefined, say: (text: string) => void): void {
  const file = paths?.errors ?? options.errors;
  const where = file === undefined ? '' : `; they are in ${file} with the reasons`;
  const count = state.failed === 1 ? '1 row' : `${grouped(state.failed)} rows`;
  const message = `${count} of ${grouped(state.scored + state.failed)} could not be scored${where}`;
  if (options.maxErrors === undefined)
    throw new CommandError(message, { code: 'RowsFailed', hint: firstReason(state) });
  say(message);
}

function firstReason({ firstFailure }: State): string {
  return firstFailure === undefined ? 'see the side file' : `row ${firstFailure.row}: ${firstFailure.reason}`;
}

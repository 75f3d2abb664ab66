import { type DiscoveredModel, exploreModel, type FeatureFacts } from '@berth/formats';
import { InferenceError, LoadError, type Model } from '@berth/inference';
import { CommandError, EXIT } from '../terminal/exit-codes.ts';
import type { Batch } from './batch.ts';
import { BatchComparison } from './compare-batches.ts';
import type { FoundPython } from './find-python.ts';
import { float32Note } from './float32-note.ts';
import { type PythonFailure, readFailure } from './library-answer.ts';
import { libraryOf, loadProblemText, lossText, missingLibrary } from './library-problems.ts';
import { madeUpRows } from './made-up-rows.ts';
import { findWidth, loadNative } from './native-model.ts';
import { planInput } from './plan.ts';
import { PythonLost, PythonProcess } from './python-process.ts';
import { comparisonParts, type ModelPart, REPORT_SCHEMA, type VerifyReport, verdictOf } from './report.ts';
import { type OpenTable, tableRows } from './table-rows.ts';
import { graphTable, madeUpTensors } from './tensor-rows.ts';
import type { ToleranceOptions } from './tolerance.ts';

/** What an interpreter may take to say hello, before it imports anything. */
const STARTS_WITHIN_MS = 60_000;

/** What to compare, and with what. */
export interface VerifyOptions {
  readonly model: DiscoveredModel;
  readonly python: FoundPython;
  /** A table file; undefined for made-up rows. */
  readonly data:
    | { readonly path: string; readonly open: OpenTable; readonly columns: readonly string[] | undefined }
    | undefined;
  readonly rows: number;
  readonly seed: number;
  readonly tolerances: ToleranceOptions;
  readonly timeoutMs: number;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly berthVersion: string;
  /** The Python script; tests give their own. */
  readonly script?: string;
}

/** Whether loading it with its library can run code that the file holds. */
export function runsCode(model: DiscoveredModel): boolean {
  return model.format === 'sklearn';
}

/**
 * Compares the native evaluator with the model's own library, which runs in a process of its own.
 * @throws CommandError where an input is missing or does not fit: a Python, a library, the columns of a table
 */
export async function verify(options: VerifyOptions): Promise<VerifyReport> {
  const run = new Run(options);
  try {
    return await run.report();
  } finally {
    await run.close();
  }
}

class Run {
  readonly #options: VerifyOptions;
  readonly #warnings: string[] = [];
  #model: Model | undefined;
  #process: PythonProcess | undefined;
  #modelPart: ModelPart;
  #pythonPart: VerifyReport['python'];
  #stage = 'started';

  constructor(options: VerifyOptions) {
    this.#options = options;
    const { path, format } = options.model;
    this.#modelPart = { path, format: format ?? 'unknown', runsCode: runsCode(options.model) };
    this.#pythonPart = { executable: options.python.executable, why: options.python.why };
  }

  async close(): Promise<void> {
    await this.#process?.close();
    await this.#model?.close();
  }

  async report(): Promise<VerifyReport> {
    try {
      this.#model = await loadNative(this.#options.model, (text) => this.#warnings.push(text));
    } catch (thrown) {
      if (!(thrown instanceof LoadError)) throw thrown;
      this.#pythonPart = undefined;
      return this.#failed(
        'native',
        `Berth does not load the model (${thrown.reason}): ${thrown.message}`,
        thrown.reason,
      );
    }
    this.#describeModel(this.#model);
    let comparison: BatchComparison | undefined;
    let unreadable = 0;
    const source = this.#source();
    try {
      const loaded = await this.#startLibrary();
      if (loaded !== undefined) return this.#failed('load', loaded);
      const softmax = this.#model.metadata.properties.get('objective') === 'multi:softmax';
      const library = { process: this.#process as PythonProcess, softmax };
      comparison = new BatchComparison(this.#model, this.#modelPart.format, library, this.#options.tolerances);
      const onRejected = (row: number, reason: string) => {
        unreadable++;
        if (unreadable <= 5) this.#warnings.push(`row ${row} of the table can not be read: ${reason}`);
      };
      for await (const batch of await this.#batches(this.#model, onRejected)) {
        this.#stage = `answered rows from ${batch.rowNumbers[0]} on`;
        await comparison.add(batch);
      }
    } catch (thrown) {
      if (!(thrown instanceof PythonLost)) throw thrown;
      const report = this.#lost(thrown);
      return comparison === undefined ? report : { ...report, ...comparisonParts(comparison, source, unreadable) };
    }
    const verdict = verdictOf(comparison);
    this.#notePrinted();
    const parts = comparisonParts(comparison, source, unreadable);
    const note = float32Note(parts.outputs ?? []);
    if (note !== undefined) this.#warnings.push(note);
    return { ...this.#frame(verdict, verdict === 'equal' ? EXIT.ok : EXIT.failure), ...parts };
  }

  #source(): { source: 'file' | 'made-up'; path?: string; seed?: number } {
    const { data, seed } = this.#options;
    return data === undefined ? { source: 'made-up', seed } : { source: 'file', path: data.path };
  }

  /** Starts Python and loads the model in it; answers why it does not load. @throws PythonLost, CommandError */
  async #startLibrary(): Promise<string | undefined> {
    const { python, cwd, env, timeoutMs, signal, script, model } = this.#options;
    const { executable } = python;
    this.#process = new PythonProcess({
      executable,
      cwd,
      env,
      timeoutMs,
      signal,
      ...(script === undefined ? {} : { script }),
    });
    const hello = (await this.#process.answer(Math.min(timeoutMs, STARTS_WITHIN_MS))).header as { python?: unknown };
    this.#pythonPart = { ...(this.#pythonPart as NonNullable<VerifyReport['python']>), version: String(hello.python) };
    this.#stage = 'loaded the model';
    const { format } = this.#modelPart;
    const { header } = await this.#process.ask({ op: 'load', path: model.path, format });
    const answer = header as Record<string, unknown>;
    if (answer.ok !== true) {
      const failure: PythonFailure = readFailure(answer.error);
      const version = typeof answer.version === 'string' ? answer.version : undefined;
      const problem = { failure, executable, format, version, savedVersion: this.#savedVersion() };
      const missing = missingLibrary(problem);
      if (missing !== undefined) throw missing;
      return loadProblemText(problem);
    }
    const packages = answer.packages as Record<string, string>;
    this.#pythonPart = { ...this.#pythonPart, class: String(answer.class), packages };
    this.#noteVersions(packages, (answer.warnings as unknown[]).map(String));
    return undefined;
  }

  #noteVersions(packages: Readonly<Record<string, string>>, warnings: readonly string[]): void {
    const { format } = this.#modelPart;
    const saved = this.#savedVersion();
    const running = packages[format];
    if (saved !== undefined && running !== undefined && saved !== running && format !== 'onnx') {
      this.#warnings.push(`the model was saved by ${libraryOf(format)} ${saved}; this Python has ${running}`);
    }
    for (const warning of warnings) {
      this.#warnings.push(`the library, while loading: ${warning.replaceAll(/\s+/g, ' ').slice(0, 300)}`);
    }
  }

  #savedVersion(): string | undefined {
    const properties = this.#model?.metadata.properties;
    return properties?.get('library_version') ?? properties?.get('scikit-learn');
  }

  #describeModel({ metadata }: Model): void {
    const { properties } = metadata;
    const saved = this.#savedVersion();
    const summary = properties.get('summary') ?? properties.get('class');
    this.#modelPart = {
      ...this.#modelPart,
      ...(summary === undefined ? {} : { summary }),
      ...(saved === undefined ? {} : { savedBy: `${libraryOf(this.#modelPart.format)} ${saved}` }),
    };
  }

  async #batches(model: Model, onRejected: (row: number, reason: string) => void): Promise<AsyncIterable<Batch>> {
    const { data, rows, seed } = this.#options;
    const { format } = this.#modelPart;
    if (format === 'onnx') {
      if (data === undefined) return this.#explained(madeUpTensors(model.metadata, rows, seed));
      const table = graphTable(model.metadata);
      return this.#fromTable({ ...table, textColumns: () => [] }, model, onRejected);
    }
    const known = model.metadata.inputs[0].shape[1] ?? 1;
    const width = known >= 0 ? known : (model.metadata.columns?.length ?? (await findWidth(model)));
    const facts = width === undefined ? [] : await this.#explore(width);
    const plan = planInput(format, model.metadata, facts);
    if (data !== undefined) return this.#fromTable(plan, model, onRejected);
    if (width === undefined) {
      throw new CommandError('the model does not say how many columns it takes, so no rows can be made up', {
        exitCode: EXIT.usage,
        hint: 'give some: --data rows.csv',
      });
    }
    const names = model.metadata.columns ?? Array.from({ length: width }, (_, j) => String(j));
    const { shape, batchRows } = plan;
    const refusal = (batch: Batch) => refusalOf(model, batch);
    return this.#explained(
      madeUpRows({ names, facts, rows, seed, batchRows, allText: shape === 'documents', batch: plan.batch, refusal }),
    );
  }

  async #explore(width: number): Promise<readonly FeatureFacts[]> {
    try {
      return await exploreModel(this.#options.model, width);
    } catch {
      // The model loaded; what its file tells besides is a help for making rows up, no more.
      return [];
    }
  }

  async #fromTable(
    plan: Omit<Parameters<typeof tableRows>[0], 'path' | 'open' | 'asked' | 'onRejected'>,
    model: Model,
    onRejected: (row: number, reason: string) => void,
  ): Promise<AsyncIterable<Batch>> {
    const { path, open, columns: asked } = this.#options.data as NonNullable<VerifyOptions['data']>;
    const { names, width, batchRows, textColumns, batch } = plan;
    const { chosen, batches } = await tableRows({
      path,
      open,
      asked,
      names,
      width,
      batchRows,
      textColumns,
      batch: (rowNumbers, columns) => batch(rowNumbers, columns),
      onRejected,
    });
    const { unused, missing } = chosen;
    if (unused.length > 0) this.#warnings.push(`the model does not take these columns of the table: ${list(unused)}`);
    return missing.length === 0 ? batches : checked(batches, model, missing);
  }

  /** What keeps rows from being made up is the user's to know. */
  async *#explained(batches: AsyncIterable<Batch>): AsyncGenerator<Batch> {
    try {
      yield* batches;
    } catch (thrown) {
      if (!(thrown instanceof Error) || thrown instanceof CommandError || thrown instanceof PythonLost) throw thrown;
      throw new CommandError(`no rows can be made up for this model: ${thrown.message}`, {
        exitCode: EXIT.usage,
        hint: 'give some: --data rows.csv',
      });
    }
  }

  #lost({ loss }: PythonLost): VerifyReport {
    const { executable } = this.#options.python;
    const message = lossText(loss, executable, this.#stage);
    if (loss.kind === 'not-started' && loss.code === 'EACCES') {
      throw new CommandError(message, {
        code: 'FileUnreadable',
        hint: 'name an interpreter: --python .venv/bin/python',
      });
    }
    if (loss.kind === 'not-started') {
      throw new CommandError(message, {
        code: 'FileNotFound',
        hint: 'name an interpreter or a virtual environment: --python .venv',
      });
    }
    const report = this.#failed(this.#stage, message);
    if (loss.kind !== 'interrupted') return report;
    return { ...report, verdict: 'incomplete', exitCode: EXIT.interrupted };
  }

  #notePrinted(): void {
    const printed = this.#process?.printed;
    if (printed === undefined || printed.bytes === 0) return;
    this.#warnings.push(`the library or the model's code printed ${printed.bytes} bytes, which are not shown`);
  }

  #failed(stage: string, message: string, code?: string): VerifyReport {
    const details = this.#process?.printed.text.trim();
    return {
      ...this.#frame('not-compared', EXIT.failure),
      failure: {
        stage,
        message,
        ...(code === undefined ? {} : { code }),
        ...(details === undefined || details === '' ? {} : { details }),
      },
    };
  }

  #frame(verdict: VerifyReport['verdict'], exitCode: number): VerifyReport {
    return {
      schema: REPORT_SCHEMA,
      verdict,
      exitCode,
      model: this.#modelPart,
      ...(this.#pythonPart === undefined ? {} : { python: this.#pythonPart }),
      berth: { version: this.#options.berthVersion },
      warnings: this.#warnings,
    };
  }
}

/** Stops at once where the first row is refused for the columns that the table lacks. */
async function* checked(
  batches: AsyncIterable<Batch>,
  model: Model,
  missing: readonly string[],
): AsyncGenerator<Batch> {
  let isFirst = true;
  for await (const batch of batches) {
    const why = isFirst ? await refusalOf(model, batch.take([0])) : undefined;
    isFirst = false;
    if (why !== undefined) {
      throw new CommandError(`the table lacks columns of the model: ${list(missing)}`, {
        exitCode: EXIT.usage,
        hint: why.slice(0, 300),
      });
    }
    yield batch;
  }
}

async function refusalOf(model: Model, batch: Batch): Promise<string | undefined> {
  try {
    await model.infer(batch.request([]));
    return undefined;
  } catch (thrown) {
    return InferenceError.from(thrown).message;
  }
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, 10).map((name) => name.slice(0, 60));
  return names.length > 10 ? `${shown.join(', ')}, … ${names.length - 10} more` : shown.join(', ');
}

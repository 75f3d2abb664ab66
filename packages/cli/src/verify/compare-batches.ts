import { InferenceError, type Model, type Tensor } from '@berth/inference';
import type { Batch } from './batch.ts';
import { type Mismatch, OutputComparison } from './compare.ts';
import { type LibraryAnswer, type PythonFailure, readAnswer } from './library-answer.ts';
import type { PythonProcess } from './python-process.ts';
import { type ToleranceOptions, toleranceFor } from './tolerance.ts';

/** Questions that may be spent on finding out which rows of refused batches are at fault. */
const MAX_EXTRA_QUESTIONS = 4000;
/** Refused rows that the report shows. */
const MAX_SHOWN = 5;

/** A row that a side did not answer. */
export interface Refusal {
  readonly row: number;
  readonly by: 'both' | 'berth' | 'library';
  readonly reason: string;
}

/** Where the two sides first differ, with what was sent. */
export interface FirstMismatch extends Omit<Mismatch, 'index'> {
  readonly output: string;
  readonly input: Record<string, unknown>;
}

/** What the library's side needs besides the rows. */
export interface LibraryQuestion {
  readonly process: Pick<PythonProcess, 'ask'>;
  /** Of an XGBoost model whose `predict` gives classes: probabilities are then the softmax of the sums. */
  readonly softmax: boolean;
}

/** Compares batch after batch; holds counts, never rows. */
export class BatchComparison {
  readonly #model: Model;
  readonly #library: LibraryQuestion;
  readonly #names: readonly string[];
  readonly #outputs: ReadonlyMap<string, OutputComparison>;
  readonly #absent = new Map<string, string>();
  #extraQuestions = 0;
  readonly counts = { compared: 0, mismatching: 0, both: 0, berth: 0, library: 0, unasked: 0 };
  readonly refusals: Refusal[] = [];
  firstMismatch: FirstMismatch | undefined;
  berthMs = 0;
  librarySeconds = 0;

  constructor(model: Model, format: string, library: LibraryQuestion, tolerances: ToleranceOptions) {
    this.#model = model;
    this.#library = library;
    const { outputs } = model.metadata;
    this.#names = outputs.map(({ name }) => name);
    this.#outputs = new Map(
      outputs.map(({ name, labels }) => [
        name,
        new OutputComparison(name, labels, (single) => toleranceFor(format, single, tolerances)),
      ]),
    );
  }

  /** Each output of the model: what was compared, or why it was not. */
  get outputs(): readonly { readonly comparison: OutputComparison; readonly skipped?: string }[] {
    return [...this.#outputs.values()].map((comparison) => {
      const why = comparison.rows === 0 ? (this.#absent.get(comparison.name) ?? 'no row was compared') : undefined;
      return why === undefined ? { comparison } : { comparison, skipped: why };
    });
  }

  /** @throws PythonLost, and InferenceError where the evaluator itself is broken */
  async add(batch: Batch): Promise<void> {
    const sendable: number[] = [];
    for (let i = 0; i < batch.rows; i++) {
      const why = batch.unsendable(i);
      if (why === undefined) sendable.push(i);
      else this.#refuse(batch.rowNumbers[i], 'berth', why);
    }
    if (sendable.length === batch.rows) await this.#evaluate(batch);
    else if (sendable.length > 0) await this.#evaluate(batch.take(sendable));
  }

  async #evaluate(batch: Batch): Promise<void> {
    const native = await this.#askBerth(batch);
    const answer = await this.#askLibrary(batch);
    const failure = failureOf(answer);
    if (typeof native !== 'string' && failure === undefined) {
      this.#compare(batch, native, answer);
      return;
    }
    if (batch.rows === 1) {
      const [row] = Array.from(batch.rowNumbers);
      const theirs = failure && `${failure.type}: ${failure.message}`;
      if (typeof native !== 'string') this.#refuse(row, 'library', theirs as string);
      else if (theirs === undefined) this.#refuse(row, 'berth', native);
      else this.#refuse(row, 'both', `Berth: ${native}; the library: ${theirs}`);
      return;
    }
    this.#extraQuestions += 2;
    if (this.#extraQuestions > MAX_EXTRA_QUESTIONS) {
      this.counts.unasked += batch.rows;
      return;
    }
    const half = batch.rows >> 1;
    const indices = Array.from({ length: batch.rows }, (_, i) => i);
    await this.#evaluate(batch.take(indices.slice(0, half)));
    await this.#evaluate(batch.take(indices.slice(half)));
  }

  /** The evaluator's tensors, or why it refuses. */
  async #askBerth(batch: Batch): Promise<readonly Tensor[] | string> {
    const begin = performance.now();
    try {
      const { outputs } = await this.#model.infer(batch.request(this.#names));
      this.berthMs += performance.now() - begin;
      return outputs;
    } catch (thrown) {
      const error = InferenceError.from(thrown);
      if (error.code !== 'INTERNAL') return error.message;
      const cause = thrown instanceof InferenceError ? thrown.cause : thrown;
      return `internal error: ${cause instanceof Error ? cause.message : String(cause)}`;
    }
  }

  async #askLibrary(batch: Batch): Promise<LibraryAnswer> {
    const { header, blobs } = batch.payload();
    const { process, softmax } = this.#library;
    const question = { op: 'predict', outputs: this.#names, softmax, ...header };
    const answer = readAnswer(await process.ask(question, blobs));
    if (answer.kind === 'outputs') this.librarySeconds += answer.seconds;
    return answer;
  }

  #compare(batch: Batch, native: readonly Tensor[], answer: LibraryAnswer): void {
    if (answer.kind !== 'outputs') return;
    const different = new Uint8Array(batch.rows);
    const byName = new Map(native.map((tensor) => [tensor.name, tensor]));
    for (const output of answer.outputs) {
      if (output.kind !== 'array') {
        const { name } = output;
        const why = output.kind === 'absent' ? output.why : describeFailure(output.failure);
        if (!this.#absent.has(name)) this.#absent.set(name, why);
        continue;
      }
      const tensor = byName.get(output.array.name);
      const comparison = this.#outputs.get(output.array.name);
      if (tensor === undefined || comparison === undefined) continue;
      const mismatch = comparison.add(tensor, output.array, batch.rowNumbers, different);
      if (mismatch === undefined || this.firstMismatch !== undefined) continue;
      const { index, ...rest } = mismatch;
      this.firstMismatch = { output: comparison.name, ...rest, input: batch.describe(index) };
    }
    this.counts.compared += batch.rows;
    for (const flag of different) this.counts.mismatching += flag;
  }

  #refuse(row: number, by: Refusal['by'], reason: string): void {
    this.counts[by]++;
    const shown = this.refusals.filter((one) => one.by === by).length;
    if (shown < MAX_SHOWN) this.refusals.push({ row, by, reason: reason.slice(0, 1000) });
  }
}

/** The library refuses rows where every method that it has fails on them. */
function failureOf(answer: LibraryAnswer): PythonFailure | undefined {
  if (answer.kind === 'failed') return answer.failure;
  const failed = answer.outputs.flatMap((output) => (output.kind === 'failed' ? [output.failure] : []));
  const answered = answer.outputs.some((output) => output.kind === 'array');
  return answered ? undefined : failed[0];
}

function describeFailure({ type, message }: PythonFailure): string {
  return `the library fails: ${type}: ${message.slice(0, 300)}`;
}

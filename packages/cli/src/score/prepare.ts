import { stat } from 'node:fs/promises';
import { type DiscoveredModel, discoverModels, type Flavour } from '@berth/formats';
import { InferenceError, type Model } from '@berth/inference';
import {
  type Batch,
  type CellKind,
  cellNumber,
  columnIndex,
  openPartReader,
  openTable,
  type Part,
  positionNames,
  type Table,
  TableError,
  type TableOptions,
  type WantedColumn,
} from '@berth/tables';
import { headerNote } from '../rows/fit-columns.ts';
import { CommandError } from '../terminal/exit-codes.ts';
import { buildRequest } from './build-request.ts';
import type { RunIdentity } from './journal.ts';
import { featuresOf, type MatchedColumn, matchColumns, missingColumns } from './match-columns.ts';
import { answerColumns, outputHeader } from './output-rows.ts';
import { loadChoice, type ModelChoice, type ScoreJob } from './part-scorer.ts';
import { requestForm, type ScorePlan, tensorFeatures } from './plan.ts';
import { scoreBatch } from './score-batch.ts';

/** What the user asked for. */
export interface ScoreRequest {
  readonly model: string;
  readonly table: string;
  readonly tableOptions: TableOptions;
  readonly flavour: Flavour;
  readonly predictProba: boolean;
  /** Columns that the output keeps, as they are written; `all` for every one. */
  readonly ids: readonly string[];
  readonly keepAll: boolean;
  readonly drop: readonly string[];
  /** The features by name, in the model's order, where the model knows no names. */
  readonly columns: readonly string[] | undefined;
  /** Columns that are text though they look like numbers. */
  readonly texts: readonly string[];
  readonly outputs: readonly string[];
  readonly writer: 'csv' | 'jsonl';
}

/** All that is known before the first row is scored. */
export interface Prepared {
  readonly job: ScoreJob;
  readonly table: Table;
  readonly identity: RunIdentity;
  readonly modelBytes: number;
  /** Sentences for people. */
  readonly notes: readonly string[];
}

const SAMPLE_BYTES = 1 << 16;
const SAMPLE_ROWS = 100;
const PROBED_ROWS = 100;

/**
 * Opens table and model, finds out how the one fits the other, and tries it on the first rows.
 * @throws CommandError, TableError, LoadError
 */
export async function prepare(request: ScoreRequest, onWarning: (message: string) => void): Promise<Prepared> {
  const found = await findModel(request.model, onWarning);
  const table = await openTable(request.table, request.tableOptions);
  try {
    const choice: ModelChoice = { model: found, flavour: request.flavour, predictProba: request.predictProba };
    const model = await loadChoice(choice, onWarning);
    try {
      return await fit(request, choice, model, table);
    } finally {
      await model.close();
    }
  } catch (thrown) {
    await table.close();
    throw thrown;
  }
}

/** Endings of tables, which no model has. */
const TABLE = /\.(csv|tsv|jsonl|ndjson|parquet|pq)$/i;

async function findModel(path: string, onWarning: (message: string) => void): Promise<DiscoveredModel> {
  if (TABLE.test(path)) {
    throw new CommandError(`${path} is a table, and the model stands first`, {
      code: 'UsageError',
      hint: 'berth score model.joblib rows.csv -o scored.csv',
    });
  }
  const models = await discoverModels(path, { onWarning });
  const [model] = models;
  if (models.length === 1 && model !== undefined) {
    if (model.problem !== undefined) throw model.problem;
    return model;
  }
  const names = models.map((one) => one.name).slice(0, 10);
  throw new CommandError(`${path} holds ${models.length} models`, { hint: `name one of them: ${names.join(', ')}` });
}

async function fit(request: ScoreRequest, choice: ModelChoice, model: Model, table: Table): Promise<Prepared> {
  const { metadata } = model;
  checkOutputs(request.outputs, model);
  const names = table.columns ?? positionNames(table.width);
  const kept = request.keepAll ? names.map((name, index) => ({ name, index })) : request.ids.map(placed);
  function placed(name: string): { name: string; index: number } {
    return { name, index: columnIndex(name, names) };
  }
  for (const name of [...request.drop, ...request.texts]) columnIndex(name, names);
  const chosen = request.columns?.map(placed);
  const others = new Set(
    chosen === undefined ? [...request.ids, ...request.drop] : names.filter((name) => !request.columns?.includes(name)),
  );
  const { form, maxRows } = requestForm(metadata, metadata.columns !== undefined && table.columns !== undefined);
  const features = form.kind === 'tensors' ? tensorFeatures(metadata, form.tensors) : featuresOf(metadata);
  const matching = matchColumns(features, { names: table.columns, width: table.width, others });
  const columns =
    chosen === undefined || features.names !== undefined ? matching.columns : inOrder(chosen, matching.columns);
  // A pipeline may not need a column that it was trained with: trying tells.
  if (matching.missing.length > 0 && metadata.platform !== 'sklearn') {
    throw missingColumns(matching);
  }
  const plan = (kinds: readonly CellKind[]): ScorePlan => ({
    form,
    wanted: [
      ...columns.map(({ column, index }, i): WantedColumn => ({ name: column, index, kind: kinds[i] })),
      ...kept.map(({ name, index }): WantedColumn => ({ name, index, kind: 'raw' })),
    ],
    features: columns.map((column) => column.feature),
    outputs: request.outputs,
    hasRowNumber: kept.length === 0,
    writer: request.writer,
    maxRows: maxRowsOf(model, maxRows),
  });
  const sample = (one: ScorePlan) => readSample(table, one);
  const kinds = await cellKinds(request, model, columns, plan, sample);
  const final = plan(kinds);
  const note = headerNote(table.columns, request.tableOptions.header, kinds.includes('text'));
  const header = await tryIt(model, final, await sample(final), () =>
    matching.missing.length > 0 ? missingColumns(matching) : undefined,
  );
  const source = table.source(final.wanted);
  const { identity, modelBytes } = await identify(request, choice, {
    plan: final,
    header,
    source: { ...source, path: '' },
  });
  return {
    job: { choice, source, plan: final, header },
    table,
    identity,
    modelBytes,
    notes: [
      ...(chosen !== undefined && features.names !== undefined
        ? ['the model knows its columns by name: --columns is not taken']
        : []),
      ...notesOn(matching, request),
      ...(features.names === undefined && chosen === undefined && note !== undefined ? [note] : []),
    ],
  };
}

function inOrder(
  chosen: readonly { name: string; index: number }[],
  columns: readonly MatchedColumn[],
): MatchedColumn[] {
  return chosen.map(({ name, index }, i) => ({ column: name, index, feature: columns[i].feature }));
}

function checkOutputs(outputs: readonly string[], model: Model): void {
  const offered = model.metadata.outputs.map((output) => output.name);
  for (const name of outputs) {
    // A classifier of several targets takes the common name as well.
    if (offered.includes(name) || offered.some((one) => one.startsWith(`${name}_`))) continue;
    throw new CommandError(`the model has no output "${name}"`, {
      code: 'InvalidOption',
      hint: `it has ${offered.join(', ')}`,
    });
  }
}

/** Triton's configuration may bound a batch. */
function maxRowsOf(model: Model, maxRows: number): number {
  const bound = (model.config as { max_batch_size?: unknown } | undefined)?.max_batch_size;
  return typeof bound === 'number' && bound > 0 ? Math.min(bound, maxRows) : maxRows;
}

/** The first rows. */
async function readSample(table: Table, plan: ScorePlan): Promise<Batch> {
  const reader = await openPartReader(table.source(plan.wanted));
  try {
    for await (const part of table.parts(SAMPLE_BYTES)) return await reader.read(firstRows(part));
    throw new TableError('the file has no rows besides its header');
  } finally {
    await reader.close();
  }
}

function firstRows(part: Part): Part {
  return part.kind === 'rows' ? { ...part, end: Math.min(part.end, part.start + SAMPLE_ROWS) } : part;
}

/**
 * Which features are text: what the model's tensors say, what the user says, else those that hold text in the first rows, where
 * the model answers to it; where it does not, text is a fault of its row.
 */
async function cellKinds(
  request: ScoreRequest,
  model: Model,
  columns: readonly MatchedColumn[],
  plan: (kinds: readonly CellKind[]) => ScorePlan,
  sample: (plan: ScorePlan) => Promise<Batch>,
): Promise<CellKind[]> {
  const { form } = plan(columns.map(() => 'auto'));
  if (form.kind === 'tensors') {
    return form.tensors.flatMap((tensor): CellKind[] =>
      new Array(tensor.width < 0 ? columns.length : tensor.width).fill(tensor.datatype === 'BYTES' ? 'text' : 'number'),
    );
  }
  const takesText = model.metadata.inputs[0]?.datatype === 'BYTES';
  const isText = ({ column }: MatchedColumn) => takesText || request.texts.includes(column);
  const tried = plan(columns.map((column) => (isText(column) ? 'text' : 'auto')));
  const batch = await sample(tried);
  const holdsText = columns.map((_, i) => batch.rows > 0 && !(batch.columns[i].values instanceof Float64Array));
  const guessed = columns.flatMap((column, i) => (holdsText[i] && !isText(column) ? [i] : []));
  const confirmed = guessed.length > 0 ? await textColumns(model, tried, batch, guessed) : new Set<number>();
  return columns.map((column, i) => (isText(column) || confirmed.has(i) ? 'text' : 'number'));
}

/** Those of the columns in which the model takes text: it answers a row that holds there what is no number. */
async function textColumns(
  model: Model,
  plan: ScorePlan,
  batch: Batch,
  guessed: readonly number[],
): Promise<ReadonlySet<number>> {
  const features = batch.columns.slice(0, plan.features.length);
  const confirmed = new Set<number>();
  let tries = 0;
  for (let row = 0; row < batch.rows && tries < PROBED_ROWS && confirmed.size < guessed.length; row++) {
    const texts = guessed.filter((i) => !confirmed.has(i) && isWord(features[i].values[row]));
    if (texts.length === 0) continue;
    tries++;
    try {
      await model.infer(buildRequest(plan, features, [row]));
      for (const i of texts) confirmed.add(i);
    } catch {
      // The next row may do better: a category that training never saw is no sign.
    }
  }
  return confirmed;
}

function isWord(cell: string | number | undefined): boolean {
  return typeof cell === 'string' && cellNumber(cell) === undefined;
}

/** The output's columns, from the answers to the first rows. */
async function tryIt(
  model: Model,
  plan: ScorePlan,
  batch: Batch,
  better: () => CommandError | undefined,
): Promise<string[]> {
  const { scored, failed } = await scoreBatch(model, plan, firstOf(batch)).catch((thrown) => {
    throw thrown instanceof InferenceError ? new CommandError(thrown.message) : thrown;
  });
  const first = scored[0];
  if (first !== undefined) return outputHeader(plan, answerColumns(model.metadata, first.response));
  const [row] = failed;
  const count = failed.length === 1 ? 'the first row' : `any of the first ${failed.length} rows`;
  throw (
    better() ??
    new CommandError(`the model can not score ${count}`, {
      code: 'RowsFailed',
      hint: row === undefined ? undefined : `row ${row.row}: ${row.reason}`,
    })
  );
}

function firstOf(batch: Batch): Batch {
  const rows = Math.min(batch.rows, SAMPLE_ROWS);
  return { ...batch, rows, rejected: batch.rejected.slice(0, SAMPLE_ROWS) };
}

function notesOn(matching: { missing: readonly string[]; unused: readonly string[] }, request: ScoreRequest): string[] {
  const list = (names: readonly string[]) =>
    names
      .slice(0, 10)
      .map((name) => (name === '' ? '(unnamed)' : name.slice(0, 80)))
      .join(', ') + (names.length > 10 ? ` and ${names.length - 10} more` : '');
  const unused = request.keepAll ? [] : matching.unused;
  return [
    ...(unused.length === 0 ? [] : [`columns that the model does not use: ${list(unused)}`]),
    ...(matching.missing.length === 0
      ? []
      : [`columns that the file lacks and the model can do without: ${list(matching.missing)}`]),
  ];
}

async function identify(
  request: ScoreRequest,
  { model, flavour, predictProba }: ModelChoice,
  settings: unknown,
): Promise<{ identity: RunIdentity; modelBytes: number }> {
  const input = await stat(request.table);
  const file = await stat(model.path);
  const known = (path: string, { size, mtimeMs }: { size: number; mtimeMs: number }) => `${path} ${size} ${mtimeMs}`;
  return {
    identity: {
      input: known(request.table, input),
      model: known(model.path, file),
      settings: JSON.stringify({ flavour, predictProba, settings }),
    },
    modelBytes: file.size,
  };
}

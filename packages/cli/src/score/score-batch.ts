import { InferenceError, type InferResponse, type Model } from '@berth/inference';
import type { Batch, RejectedRow, TableColumn } from '@berth/tables';
import { buildRequest, countOf, type Rows } from './build-request.ts';
import type { ScorePlan } from './plan.ts';

/** Answers for some rows of a batch. */
export interface ScoredRows {
  readonly rows: Rows;
  readonly response: InferResponse;
}

/** A batch's answers, and the rows that have none. */
export interface ScoredBatch {
  readonly scored: readonly ScoredRows[];
  readonly failed: readonly RejectedRow[];
}

/**
 * Asks the model for all rows of a batch. Where it refuses, the rows are halved until the ones that it refuses stand alone: the
 * others get their answers.
 * @throws InferenceError for what no other row could mend
 */
export async function scoreBatch(model: Model, plan: ScorePlan, batch: Batch): Promise<ScoredBatch> {
  const columns = batch.columns.slice(0, plan.features.length);
  const scored: ScoredRows[] = [];
  const failed: RejectedRow[] = [...batch.rejected];
  const ask = async (rows: Rows): Promise<void> => {
    const count = countOf(rows);
    if (count === 0) return;
    try {
      const response = await model.infer(buildRequest(plan, columns, rows));
      scored.push({ rows, response: checked(response, count) });
    } catch (thrown) {
      const error = InferenceError.from(thrown);
      if (error.code !== 'INVALID_INPUT' && error.code !== 'INTERNAL') throw thrown;
      if (count > 1) {
        const [left, right] = halves(rows);
        await ask(left);
        await ask(right);
        return;
      }
      const index = 'start' in rows ? rows.start : rows[0];
      failed.push({ row: batch.rowNumbers[index], ...batch.locate(index), reason: reasonOf(thrown) });
    }
  };
  for (const group of rowGroups(batch.rows, columns)) {
    for (const rows of slices(group, plan.maxRows)) await ask(rows);
  }
  failed.sort((a, b) => a.row - b.row);
  return { scored, failed };
}

/** Answers that are not a row each can not be written beside the rows. */
function checked(response: InferResponse, count: number): InferResponse {
  for (const { name, shape } of response.outputs) {
    if (shape[0] === count) continue;
    throw new InferenceError(
      'UNIMPLEMENTED',
      `the output "${name}" has the shape [${shape.join(', ')}], not one answer a row`,
    );
  }
  return response;
}

/** A lone row's error, without the place that it has in a request of its own. */
function reasonOf(thrown: unknown): string {
  const error = InferenceError.from(thrown);
  const message = error.code === 'INTERNAL' && thrown instanceof Error ? thrown.message : error.message;
  return message
    .replace(/\brow 0, /, '')
    .replaceAll(/\s+/g, ' ')
    .slice(0, 500);
}

/**
 * All rows at once where no text is missing; else the rows by which of their texts are: a tensor of text has no missing cell, and
 * a column without any is sent as missing numbers.
 */
function rowGroups(count: number, columns: readonly TableColumn[]): Rows[] {
  const texts = columns.flatMap(({ values }) => (values instanceof Float64Array ? [] : [values]));
  if (!texts.some((values) => values.includes(undefined))) return [{ start: 0, end: count }];
  const groups = new Map<string, number[]>();
  for (let row = 0; row < count; row++) {
    const pattern = texts.map((values) => (values[row] === undefined ? '-' : '+')).join('');
    const group = groups.get(pattern);
    if (group === undefined) groups.set(pattern, [row]);
    else group.push(row);
  }
  return [...groups.values()];
}

function* slices(rows: Rows, size: number): Generator<Rows> {
  const count = countOf(rows);
  for (let at = 0; at < count; at += size) yield part(rows, at, Math.min(count, at + size));
}

function halves(rows: Rows): [Rows, Rows] {
  const count = countOf(rows);
  const middle = count >> 1;
  return [part(rows, 0, middle), part(rows, middle, count)];
}

function part(rows: Rows, from: number, to: number): Rows {
  return 'start' in rows ? { start: rows.start + from, end: rows.start + to } : rows.slice(from, to);
}

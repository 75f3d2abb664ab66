import { invalidInput } from '@berth/inference';
import { columnCount, frameToMatrix } from '../dense.ts';
import type { Matrix, SparseMatrix, Table } from '../estimator.ts';

/** What an estimator takes, for the checks that scikit-learn's `check_array` makes. */
export interface RowRules {
  readonly className: string;
  /** Columns the model was trained on; undefined where the file does not say. */
  readonly features: number | undefined;
  readonly allowNaN: boolean;
  /** Infinity is let through (HistGradientBoosting, whose `force_all_finite` is off). */
  readonly allowInfinity?: boolean;
}

/** Called with a block of dense rows; `data` is reused, so it must not be kept. */
export type BlockVisitor<Rows> = (data: Rows, start: number, count: number, hasNaN: boolean) => void;

const BLOCK_CELLS = 1 << 18;

/**
 * Walks a table as dense float32 rows, block by block (trees look at float32). A sparse matrix is spread out a block at a
 * time: what it does not hold is 0.
 * @throws InferenceError INVALID_INPUT for a wrong number of columns, text that is no number, NaN where the model takes
 * none, and values too large for float32, naming row and column.
 */
export function forEachFloat32Block(x: Table, rules: RowRules, visit: BlockVisitor<Float32Array>): void {
  walk(x, rules, (cells) => new Float32Array(cells), 'float32', visit);
}

/** As {@link forEachFloat32Block}, in float64. */
export function forEachFloat64Block(x: Table, rules: RowRules, visit: BlockVisitor<Float64Array>): void {
  walk(x, rules, (cells) => new Float64Array(cells), 'float64', visit);
}

function walk<Rows extends Float32Array | Float64Array>(
  x: Table,
  rules: RowRules,
  allocate: (cells: number) => Rows,
  dtype: string,
  visit: BlockVisitor<Rows>,
): void {
  const cols = columnCount(x);
  if (rules.features !== undefined && cols !== rules.features) {
    throw invalidInput(
      `X has ${cols} ${cols === 1 ? 'feature' : 'features'} (columns), but ${rules.className} was trained on ${rules.features}`,
    );
  }
  const table = x.kind === 'frame' ? frameToMatrix(x, rules.className) : x;
  const blockRows = Math.max(1, Math.min(x.rows, Math.floor(BLOCK_CELLS / Math.max(1, cols))));
  const block = allocate(blockRows * cols);
  for (let start = 0; start < x.rows; start += blockRows) {
    const count = Math.min(blockRows, x.rows - start);
    fillBlock(block, table, start, count);
    const isSparse = table.kind === 'sparse';
    visit(block, start, count, checkFinite(block, count * cols, cols, start, rules, dtype, isSparse));
  }
}

function fillBlock(
  block: Float32Array | Float64Array,
  table: Matrix | SparseMatrix,
  start: number,
  count: number,
): void {
  const { cols } = table;
  if (table.kind === 'matrix') {
    block.set(count === table.rows ? table.data : table.data.subarray(start * cols, (start + count) * cols));
    return;
  }
  block.fill(0, 0, count * cols);
  for (let row = 0; row < count; row++) {
    for (let at = table.indptr[start + row]; at < table.indptr[start + row + 1]; at++) {
      block[row * cols + table.indices[at]] = table.data[at];
    }
  }
}

/** Whether the block holds NaN. */
function checkFinite(
  block: Float32Array | Float64Array,
  cells: number,
  cols: number,
  start: number,
  rules: RowRules,
  dtype: string,
  isSparse: boolean,
): boolean {
  // A sum is finite if all of its terms are, save for an overflow, which the loop below then acquits.
  let sum = 0;
  for (let i = 0; i < cells; i++) sum += block[i];
  if (sum - sum === 0) return false;
  let hasNaN = false;
  for (let i = 0; i < cells; i++) {
    const value = block[i];
    if (value - value === 0) continue;
    const place = `row ${start + Math.floor(i / cols)}, column ${i % cols}`;
    if (Number.isNaN(value)) {
      if (!rules.allowNaN || isSparse) {
        throw invalidInput(
          `Input X contains NaN (null) at ${place}; ${rules.className} does not accept missing values`,
        );
      }
      hasNaN = true;
    } else if (!rules.allowInfinity) {
      throw invalidInput(`Input X contains infinity or a value too large for dtype ${dtype} at ${place}`);
    }
  }
  return hasNaN;
}

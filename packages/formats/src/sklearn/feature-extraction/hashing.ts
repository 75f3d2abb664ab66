import { invalidInput } from '@berth/inference';
import { showCell } from '../categories.ts';
import type { Cell, Column, Estimator, EstimatorClass, SparseMatrix, Table } from '../estimator.ts';
import { estimatorBase } from '../estimator-base.ts';
import { Fitted } from '../fitted.ts';
import { dtypeParameter } from '../preprocessing/one-hot-encoder.ts';
import { rowNormalizer } from '../preprocessing/row-wise.ts';
import { readAnalyzer } from './analyzer.ts';
import { readDocuments } from './documents.ts';
import { murmurHash3 } from './murmur-hash.ts';
import { SparseRows } from './term-counts.ts';

/** Adds a feature's value to the column that its name hashes to, with the hash's sign where `alternate_sign`. */
type HashInto = (row: Map<number, number>, name: string, value: number) => void;

function readHasher(fitted: Fitted): { cols: number; add: HashInto } {
  const cols = fitted.numberOr(2 ** 20, 'n_features');
  if (!Number.isInteger(cols) || cols < 1 || cols >= 2 ** 31) fitted.corrupt(`"n_features" is ${cols}`);
  const alternate = fitted.flag('alternate_sign', true);
  if (fitted.flag('non_negative', false)) fitted.unsupported('non_negative=True');
  const encoder = new TextEncoder();
  return {
    cols,
    add(row, name, value) {
      if (value === 0) return;
      const hash = murmurHash3(encoder.encode(name), 0);
      const column = hash === -(2 ** 31) ? (2 ** 31 - 1 - (cols - 1)) % cols : Math.abs(hash) % cols;
      const signed = alternate && hash < 0 ? -value : value;
      row.set(column, (row.get(column) ?? 0) + signed);
    },
  };
}

const hashingVectorizer: EstimatorClass = {
  modules: ['sklearn.feature_extraction.text'],
  name: 'HashingVectorizer',
  build(object, context): Estimator {
    const fitted = new Fitted(object);
    if (fitted.text('input', 'content') !== 'content')
      fitted.unsupported(`input="${fitted.text('input')}" (it opens files)`);
    const analyze = readAnalyzer(fitted);
    const { cols, add } = readHasher(fitted);
    const binary = fitted.flag('binary', false);
    const dtype = dtypeParameter(fitted.raw('dtype'));
    const norm = fitted.has('norm') ? rowNormalizer(fitted.text('norm'), fitted, context.version) : undefined;
    return {
      ...estimatorBase(fitted, 'transformer'),
      takesDocuments: true,
      transform(table: Table): Table {
        const rows = new SparseRows();
        for (const document of readDocuments(table, fitted.className)) {
          const row = new Map<number, number>();
          for (const term of analyze(document)) add(row, term, 1);
          rows.add(row);
        }
        const counts: SparseMatrix = rows.build(cols, dtype);
        if (binary) counts.data.fill(1);
        return norm?.(counts) ?? counts;
      },
    };
  },
};

/** The columns of a table as named features of a row: text is `name=text` with the value 1, null is absent. */
export function namedFeatures(table: Table, separator: string, className: string): (row: number) => [string, number][] {
  if (table.kind !== 'frame') throw invalidInput(`${className} takes rows with named values`);
  return (row) => table.columns.flatMap((column) => feature(column, row, separator, className));
}

function feature(column: Column, row: number, separator: string, className: string): [string, number][] {
  const cell: Cell = column.data[row];
  if (cell === null) return [];
  if (typeof cell === 'string') return [[`${column.name}${separator}${cell}`, 1]];
  const value = Number(cell);
  if (!Number.isFinite(value)) {
    if (column.kind === 'number' && Number.isNaN(value)) return [];
    throw invalidInput(`${className}: row ${row}, column "${column.name}" is ${showCell(cell)}`);
  }
  return [[column.name, value]];
}

const featureHasher: EstimatorClass = {
  modules: ['sklearn.feature_extraction._hash', 'sklearn.feature_extraction.hashing', 'sklearn.feature_extraction'],
  name: 'FeatureHasher',
  build(object): Estimator {
    const fitted = new Fitted(object);
    const type = fitted.text('input_type', 'dict');
    if (type !== 'dict' && type !== 'string') fitted.unsupported(`input_type="${type}"`);
    const { cols, add } = readHasher(fitted);
    const dtype = dtypeParameter(fitted.raw('dtype'));
    return {
      ...estimatorBase(fitted, 'transformer'),
      transform(table: Table): Table {
        const rows = new SparseRows();
        const named = type === 'dict' ? namedFeatures(table, '=', fitted.className) : plainFeatures(table);
        for (let at = 0; at < table.rows; at++) {
          const row = new Map<number, number>();
          for (const [name, value] of named(at)) add(row, name, value);
          rows.add(row);
        }
        return rows.build(cols, dtype);
      },
    };
  },
};

/** `input_type='string'`: each cell of a row is the name of a feature. */
function plainFeatures(table: Table): (row: number) => [string, number][] {
  if (table.kind !== 'frame') throw invalidInput('FeatureHasher takes rows of text');
  return (row) =>
    table.columns.flatMap((column): [string, number][] => {
      const cell: Cell = column.data[row];
      return cell === null ? [] : [[String(cell), 1]];
    });
}

export const hashingClasses: readonly EstimatorClass[] = [hashingVectorizer, featureHasher];

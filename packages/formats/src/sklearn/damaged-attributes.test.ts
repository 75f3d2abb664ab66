/**
 * Takes the golden models apart and puts something else into one attribute of each: whatever it is, the file either is
 * refused with a LoadError, or it answers, or it refuses the request; nothing else is thrown.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { InferenceError, LoadError } from '@berth/inference';
import { readPickleFile } from '../joblib/read.ts';
import { float64Array, NdArray } from '../numpy/ndarray.ts';
import { PyDict, PyObject, PyTuple, type PyValue } from '../pickle/values.ts';
import type { Estimator, Table } from './estimator.ts';
import { decodeInput, type GoldenCase } from './golden.ts';
import { buildNow } from './load-now.ts';

const FAMILIES = [
  ...['svm', 'neighbors', 'naive-bayes', 'discriminant-analysis', 'neural-network', 'cluster', 'decomposition'],
  ...['mixture', 'preprocessing', 'impute', 'feature-selection', 'kernel', 'gaussian-process'],
];
const MUTATIONS = 6;

/** A small generator of repeatable numbers in [0, 1). */
function repeatable(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return state / 0x80000000;
  };
}

const REPLACEMENTS: readonly (() => PyValue)[] = [
  () => null,
  () => -1,
  () => 0,
  () => 1e9,
  () => 2 ** 31,
  () => NaN,
  () => 'x',
  () => true,
  () => [],
  () => new PyTuple([]),
  () => new PyDict(),
  () => float64Array([0], new Float64Array(0)),
  () => float64Array([2], Float64Array.of(1, 2)),
  () => float64Array([1, 3], Float64Array.of(-5, 1e300, NaN)),
  () => new NdArray({ kind: 'O', itemSize: 8 }, [1], [null]),
  () => [float64Array([1], Float64Array.of(7))],
];

/** The attribute tables of an object and of what it holds. */
function attributeTables(value: PyValue, depth = 0): PyDict[] {
  if (depth > 6) return [];
  if (value instanceof PyObject && value.state instanceof PyDict) {
    return [value.state, ...[...value.state.entries.values()].flatMap((inner) => attributeTables(inner, depth + 1))];
  }
  if (value instanceof PyTuple) return value.items.flatMap((inner) => attributeTables(inner, depth + 1));
  return Array.isArray(value) ? value.flatMap((inner) => attributeTables(inner, depth + 1)) : [];
}

function damage(root: PyValue, random: () => number): string {
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)];
  const { entries } = pick(attributeTables(root).filter((table) => table.entries.size > 0));
  const name = pick([...entries.keys()]);
  if (random() < 0.15) entries.delete(name);
  else entries.set(name, pick(REPLACEMENTS)());
  return String(name);
}

function answer(estimator: Estimator, x: Table): void {
  for (const method of ['predict', 'predictProba', 'predictLogProba', 'decisionFunction', 'transform'] as const) {
    try {
      estimator[method]?.(x);
    } catch (error) {
      if (!(error instanceof InferenceError)) throw error;
    }
  }
}

for (const family of FAMILIES) {
  test(`a damaged ${family} model is refused or answers`, () => {
    const url = new URL(`./${family}/golden/1.9.1.json`, import.meta.url);
    const { cases } = JSON.parse(readFileSync(url, 'utf8')) as { cases: GoldenCase[] };
    const random = repeatable(family.length);
    let refused = 0;
    for (const golden of cases) {
      for (let round = 0; round < MUTATIONS; round++) {
        const root = readPickleFile(new Uint8Array(Buffer.from(golden.model, 'base64')));
        const name = damage(root, random);
        try {
          answer(buildNow(root).estimator, decodeInput(golden.input));
        } catch (error) {
          assert.ok(error instanceof LoadError, `${golden.name} with another ${name}: ${String(error)}`);
          refused++;
        }
      }
    }
    assert.ok(refused > 0, 'no damage was noticed');
  });
}

/**
 * Times the forest evaluator alone: `node bench/micro/trees.ts [model.ubj|model.txt]`. Without a file it makes 500
 * complete trees of depth 6 on 30 columns. Prints microseconds for one row and rows a second for 10,000.
 */
import { readFileSync } from 'node:fs';
import { parseLightgbm } from '../../packages/formats/src/lightgbm/booster.ts';
import type { Forest } from '../../packages/formats/src/trees/forest.ts';
import { ForestBuilder } from '../../packages/formats/src/trees/forest-builder.ts';
import { parseXgboost } from '../../packages/formats/src/xgboost/booster.ts';
import { median } from '../load/percentile.ts';

const TREES = 500;
const DEPTH = 6;
const COLUMNS = 30;
const ROWS = 10_000;

/** The same numbers in every run. */
function makeRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const random = makeRandom(7);

function makeForest(kernel: boolean): Forest {
  const next = makeRandom(1);
  const splits = (1 << DEPTH) - 1;
  const nodes = 2 * splits + 1;
  const builder = new ForestBuilder({ numFeatures: COLUMNS, leafSize: 1, categoryRule: 'xgboost' });
  const child = (offset: number) =>
    Int32Array.from({ length: nodes }, (_, node) => (node < splits ? 2 * node + offset : -1));
  for (let tree = 0; tree < TREES; tree++) {
    builder.add(
      {
        left: child(1),
        right: child(2),
        feature: Int32Array.from({ length: nodes }, () => Math.floor(next() * COLUMNS)),
        threshold: Float64Array.from({ length: nodes }, () => Math.fround(next())),
        missingLeft: Uint8Array.from({ length: nodes }, () => Math.round(next())),
        leaf: Int32Array.from({ length: nodes }, (_, node) => node - splits),
        leafValues: Float32Array.from({ length: splits + 1 }, () => next() - 0.5),
      },
      0,
    );
  }
  return builder.build(kernel ? { groups: 1, sum: 'float32' } : undefined);
}

function time(call: () => void, repeat: number): number {
  for (let i = 0; i < repeat; i++) call();
  const times = Array.from({ length: 7 }, () => {
    const start = performance.now();
    for (let i = 0; i < repeat; i++) call();
    return (performance.now() - start) / repeat;
  });
  return median(times);
}

function report(name: string, columns: number, run: (nRows: number, offset: number) => void): void {
  let row = 0;
  const one = time(() => {
    run(1, row * columns);
    row = (row + 1) % ROWS;
  }, 2000);
  const batch = time(() => run(ROWS, 0), 1);
  console.log(`${name}: one row ${(one * 1000).toFixed(1)} µs, batch ${Math.round(ROWS / (batch / 1000))} rows/s`);
}

const file = process.argv[2];
if (file === undefined) {
  const rows = Float32Array.from({ length: ROWS * COLUMNS }, random);
  for (const kernel of [true, false]) {
    const forest = makeForest(kernel);
    const out = new Float32Array(ROWS);
    report(kernel ? 'WebAssembly' : 'JavaScript', COLUMNS, (nRows, offset) => {
      forest.addTo(out, 1, rows.subarray(offset, offset + nRows * COLUMNS), nRows, COLUMNS, 0, TREES);
    });
  }
} else if (file.endsWith('.txt')) {
  const booster = parseLightgbm(readFileSync(file));
  const columns = booster.numFeatures;
  const rows = Float64Array.from({ length: ROWS * columns }, () => random() * 4 - 2);
  report(file, columns, (nRows, offset) => booster.predict(rows.subarray(offset, offset + nRows * columns), nRows));
} else {
  const booster = parseXgboost(readFileSync(file));
  const columns = booster.numFeatures;
  const rows = Float32Array.from({ length: ROWS * columns }, () => random() * 4 - 2);
  report(file, columns, (nRows, offset) => booster.predict(rows.subarray(offset, offset + nRows * columns), nRows));
}

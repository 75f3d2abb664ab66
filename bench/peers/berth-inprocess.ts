/** Berth's own speed on the large XGBoost model, as xgboost_inprocess.py measures the library. Prints one JSON line. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseXgboost } from '../../packages/formats/src/xgboost/booster.ts';
import { median } from '../load/percentile.ts';

const root = process.argv[2];
const booster = parseXgboost(readFileSync(join(root, 'large.ubj')));
const bytes = readFileSync(join(root, 'large-rows.f32'));
const rows = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
const count = rows.length / 30;
const one = rows.slice(0, 30);

function best(call: () => void, repeat: number): number {
  const times: number[] = [];
  for (let round = 0; round < 7; round++) {
    const start = performance.now();
    for (let i = 0; i < repeat; i++) call();
    times.push((performance.now() - start) / repeat);
  }
  return median(times.slice(2));
}

const row = best(() => booster.predict(one, 1), 5000);
const batch = best(() => booster.predict(rows, count), 3);
let sum = 0;
for (const value of booster.predict(rows, count).data) sum += value;
console.log(JSON.stringify({ rowMicroseconds: row * 1000, batchRowsPerSecond: count / (batch / 1000), sum }));

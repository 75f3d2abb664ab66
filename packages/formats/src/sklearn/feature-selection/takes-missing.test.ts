import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { checkOutputs, decodeInput, type GoldenArray, type GoldenInput } from '../golden.ts';
import { loadEstimator } from '../load-now.ts';

/** What tools/golden/sklearn/selected_missing.py writes; null is a refusal. */
interface MissingFile {
  readonly version: string;
  readonly rows: Readonly<Record<string, GoldenInput>>;
  readonly cases: readonly {
    readonly name: string;
    readonly model: string;
    readonly answers: Readonly<Record<string, GoldenArray | null>>;
  }[];
}

const FOLDER = new URL('./golden-missing/', import.meta.url);

for (const file of readdirSync(FOLDER)) {
  const { version, rows, cases } = JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as MissingFile;
  for (const { name, model, answers } of cases) {
    test(`missing and infinite values, scikit-learn ${version}: ${name}`, () => {
      const estimator = loadEstimator(new Uint8Array(Buffer.from(model, 'base64')));
      for (const [kind, answer] of Object.entries(answers)) {
        const x = decodeInput(rows[kind]);
        if (answer !== null) checkOutputs(estimator, x, { outputs: { transform: answer } });
        else
          assert.throws(() => estimator.transform?.(x), { code: 'INVALID_INPUT', message: /^Input X contains/ }, kind);
      }
    });
  }
}

/** Test support: `berth score` in a folder of its own. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { main } from '../src/main.ts';
import { fakeIo } from './fake-io.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');

export const BERTH = join(import.meta.dirname, '..', 'bin', 'berth.js');
/** Models of the examples and fixtures, by what they are. */
export const MODELS = {
  /** Without names; takes four numbers. */
  xgboost: join(ROOT, 'examples', 'xgboost-iris', 'model', 'model.ubj'),
  lightgbm: join(ROOT, 'examples', 'lightgbm-iris', 'model', 'model.bst'),
  svm: join(ROOT, 'examples', 'sklearn-iris', 'model', 'model.joblib'),
  onnx: join(ROOT, 'examples', 'onnx-iris', 'model'),
  /** Columns sepal_l, sepal_w, petal_l, petal_w; takes no missing ones. */
  named: join(ROOT, 'packages', 'formats', 'src', 'sklearn', 'fixtures', 'named-columns', 'named.joblib'),
  texts: join(ROOT, 'packages', 'formats', 'src', 'sklearn', 'fixtures', 'texts.joblib'),
  /** Columns balance, age, city (text); takes missing ones. */
  churn: join(ROOT, 'packages', 'cli', 'fixtures', 'score', 'churn.joblib'),
};
export const CHURN = join(ROOT, 'packages', 'cli', 'fixtures', 'score', 'churn.csv');

/** A command's end. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A folder with files, and commands run in it. */
export class ScoreCase {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async make(test: TestContext, files: Readonly<Record<string, string | Uint8Array>> = {}): Promise<ScoreCase> {
    const folder = await mkdtemp(join(tmpdir(), 'berth-score-'));
    test.after(() => rm(folder, { recursive: true, force: true }));
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
    return new ScoreCase(folder);
  }

  async score(...args: string[]): Promise<Ran> {
    const io = fakeIo({ cwd: this.folder });
    const code = await main(['score', ...args], io);
    return { code, ...io.written };
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** The lines of a file. */
  async lines(name: string): Promise<string[]> {
    return (await readFile(this.path(name), 'utf8')).trimEnd().split('\n');
  }
}

/** Rows of four numbers as CSV with ids: `id,sepal_l,sepal_w,petal_l,petal_w`. */
export function irisRows(count: number): string {
  const cell = (row: number, column: number) => ((row * 7919 + column * 104_729) % 7919) / 1000;
  const rows = Array.from(
    { length: count },
    (_, row) => `r${row},${[0, 1, 2, 3].map((c) => cell(row, c)).join(',')}\n`,
  );
  return `id,sepal_l,sepal_w,petal_l,petal_w\n${rows.join('')}`;
}

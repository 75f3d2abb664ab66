import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { findModel } from './native-model.ts';
import { reportText } from './report-text.ts';
import { type VerifyOptions, verify } from './run-verify.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..', '..');
const MODEL = join(ROOT, 'examples', 'xgboost-iris-v2', 'model');

/** Compares the iris example with a stand-in for its library that errs as `fake` says. */
async function run(fake: string, options: Partial<VerifyOptions> = {}) {
  return verify({
    model: await findModel(MODEL, undefined),
    python: { executable: process.execPath, why: 'a test' },
    script: join(import.meta.dirname, '..', '..', 'test', 'fake-library.ts'),
    data: undefined,
    rows: 1500,
    seed: 1,
    tolerances: {},
    timeoutMs: 60_000,
    cwd: ROOT,
    env: { ...process.env, FAKE: fake },
    signal: new AbortController().signal,
    berthVersion: '0.0.0',
    ...options,
  });
}

/** A table of one batch. */
function table(columns: Record<string, number[]>): VerifyOptions['data'] {
  const names = Object.keys(columns);
  const rows = columns[names[0]].length;
  const open = async () => ({
    columns: names,
    width: names.length,
    async *batches() {
      const values = names.map((name) => ({ name, values: Float64Array.from(columns[name]) }));
      yield { rows, rowNumbers: Float64Array.from({ length: rows }, (_, i) => i + 1), columns: values, rejected: [] };
    },
    close: async () => undefined,
  });
  return { path: 'a table', open, columns: undefined };
}

const FOUR = { a: [1, -1, 6, 7], b: [1, 1, 1, 1], c: [1, 1, 1, 1], d: [1, 1, 1, 1] };

describe('verify', () => {
  test('finds a library that answers the same equal, in batches', async () => {
    const report = await run('');
    assert.equal(report.verdict, 'equal');
    assert.equal(report.exitCode, 0);
    assert.equal(report.schema, 'berth-verify/1');
    assert.equal(report.rows?.compared, 1500);
    assert.deepEqual(
      report.outputs?.map(({ name }) => name),
      ['predict', 'predict_proba', 'decision_function'],
    );
    assert.ok(report.outputs?.every((output) => output.compared && output.mismatches === 0 && output.rows === 1500));
    assert.ok(report.warnings.some((text) => /saved by xgboost 3\.2\.0; this Python has 9\.9\.9/.test(text)));
    assert.ok(report.warnings.some((text) => /Warning: old/.test(text)));
    assert.match(reportText(report), /equal: .* \(exit code 0\)/);
    assert.match(reportText(report), /made up .* not real data/);
  });

  test('shows the first mismatch with its row, and counts the others', async () => {
    const report = await run('differ', { data: table(FOUR) });
    assert.equal(report.verdict, 'different');
    assert.equal(report.exitCode, 1);
    assert.equal(report.rows?.mismatching, 2);
    assert.equal(report.firstMismatch?.row, 3);
    assert.deepEqual(report.firstMismatch?.input, { a: 6, b: 1, c: 1, d: 1 });
    assert.match(reportText(report), /first mismatch +predict, row 3/);
  });

  test('finds the rows that the library alone refuses, and compares the others', async () => {
    const report = await run('refuse', { data: table(FOUR) });
    assert.equal(report.verdict, 'different');
    assert.equal(report.rows?.compared, 3);
    assert.equal(report.rows?.refusedByLibrary, 1);
    assert.deepEqual(report.refusals, [{ row: 2, by: 'library', reason: 'ValueError: a negative cell' }]);
  });

  test('tells an output that the library does not have', async () => {
    const report = await run('absent');
    assert.equal(report.verdict, 'equal');
    const proba = report.outputs?.find(({ name }) => name === 'predict_proba');
    assert.equal(proba?.compared, false);
    assert.match(proba?.skipped ?? '', /no such method/);
  });

  test('says which rows a library died of, and keeps what was compared before', async () => {
    const report = await run('crash');
    assert.equal(report.verdict, 'not-compared');
    assert.equal(report.exitCode, 1);
    assert.match(report.failure?.message ?? '', /was ended by SIGKILL while it answered rows from 1001 on/);
    assert.equal(report.rows?.compared, 1000);
  });

  test('gives a library without an answer no more time than allowed', async () => {
    const report = await run('hang', { timeoutMs: 3000 });
    assert.match(report.failure?.message ?? '', /no answer in 3 s/);
  });

  test('ends with what is no answer', async () => {
    const report = await run('garbage');
    assert.match(report.failure?.message ?? '', /an answer that is none/);
  });

  test('tells what was printed, and shows none of it', async () => {
    const report = await run('print', { rows: 10 });
    assert.equal(report.verdict, 'equal');
    assert.ok(report.warnings.some((text) => /printed \d+ bytes/.test(text)));
  });

  test('an interruption ends it with code 130', async () => {
    const controller = new AbortController();
    const running = run('hang', { signal: controller.signal });
    await sleep(500);
    controller.abort();
    const report = await running;
    assert.equal(report.exitCode, 130);
    assert.equal(report.verdict, 'incomplete');
  });

  test('a library that is missing is named, with the line that brings it', async () => {
    await assert.rejects(run('missing'), (error: Error & { hint?: string; code?: string }) => {
      assert.match(error.message, /has no xgboost; the model was saved by xgboost 3\.2\.0/);
      assert.match(error.hint ?? '', /-m pip install xgboost==3\.2\.0/);
      assert.equal(error.code, 'LibraryMissing');
      return true;
    });
  });

  test('a library that does not load the model says so', async () => {
    const report = await run('unloadable');
    assert.equal(report.failure?.stage, 'load');
    assert.match(report.failure?.message ?? '', /does not load the model.*ValueError: not my file/);
  });

  test('a Python that can not be started is not found', async () => {
    const python = { executable: join(ROOT, 'no-such-python'), why: 'a test' };
    await assert.rejects(run('', { python }), /no-such-python can not be started: there is no such program/);
  });

  test('columns that the table lacks are named', async () => {
    await assert.rejects(run('', { data: table({ a: [1], b: [1] }) }), /2 columns \(a, b\)/);
  });
});

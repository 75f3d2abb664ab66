/** Runs that end early: Ctrl-C, kill -9 at any moment, a full disk; and what --resume makes of them. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { BERTH, irisRows, MODELS, ScoreCase } from '../../test/score-case.ts';

const ROWS = 30_000;
/** Some rows that fail, so that the side file is resumed too. */
const INPUT = irisRows(ROWS).replaceAll(/^(r\d*777),.*$/gm, '$1,short');

function start(
  run: ScoreCase,
  ...args: string[]
): { child: ChildProcess; ended: Promise<number | null>; err: () => string } {
  const common = ['score', MODELS.xgboost, 'rows.csv', '-o', 'out.csv', '--id', 'id', '--max-errors', '1000'];
  const steps = ['--part-size', '20000', '--checkpoint', '1ms'];
  const child = spawn(process.execPath, [BERTH, ...common, ...steps, ...args], {
    cwd: run.folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let err = '';
  child.stderr?.on('data', (chunk) => {
    err += chunk;
  });
  return { child, ended: new Promise((resolve) => child.on('close', resolve)), err: () => err };
}

/** Resolves when the journal tells of some rows, or the run has ended. */
async function underWay(run: ScoreCase, ended: Promise<unknown>): Promise<void> {
  let isOver = false;
  ended.then(() => {
    isOver = true;
  });
  while (!isOver && !existsSync(run.path('out.csv.partial.json')))
    await new Promise((resolve) => setTimeout(resolve, 2));
}

async function outputs(run: ScoreCase): Promise<[string, string]> {
  return [await readFile(run.path('out.csv'), 'utf8'), await readFile(run.path('out.csv.errors.csv'), 'utf8')];
}

let whole: [string, string] | undefined;
async function wholeRun(t: Parameters<typeof ScoreCase.make>[0]): Promise<[string, string]> {
  if (whole !== undefined) return whole;
  const run = await ScoreCase.make(t, { 'rows.csv': INPUT });
  const { ended, err } = start(run);
  assert.equal(await ended, 0, err());
  whole = await outputs(run);
  assert.equal(whole[0].split('\n').length + whole[1].split('\n').length, ROWS + 4);
  return whole;
}

for (const jobs of ['1', '2']) {
  test(`killed at random moments and resumed until it is done, with --jobs ${jobs}: the same bytes`, async (t) => {
    const wanted = await wholeRun(t);
    const run = await ScoreCase.make(t, { 'rows.csv': INPUT });
    let kills = 0;
    for (let tries = 0; tries < 200 && !existsSync(run.path('out.csv')); tries++) {
      const { child, ended, err } = start(run, '--jobs', jobs, '--resume');
      await underWay(run, ended);
      // The first at once: a machine may be faster than any other moment.
      const limit = setTimeout(() => child.kill('SIGKILL'), kills === 0 ? 0 : Math.random() * 400 + kills * 100);
      const code = await ended;
      clearTimeout(limit);
      if (code === null) kills++;
      else assert.equal(code, 0, err());
    }
    assert.ok(kills > 0, 'it was never killed');
    assert.deepEqual(await outputs(run), wanted);
    assert.ok(!existsSync(run.path('out.csv.partial')) && !existsSync(run.path('out.csv.partial.json')));
  });
}

test('Ctrl-C: what is written is marked and kept, the exit code is 130, --resume goes on', async (t) => {
  const wanted = await wholeRun(t);
  const run = await ScoreCase.make(t, { 'rows.csv': INPUT });
  const { child, ended, err } = start(run);
  await underWay(run, ended);
  child.kill('SIGINT');
  // The launcher of an old Node passes the terminal's signal on as well.
  child.kill('SIGINT');
  assert.equal(await ended, 130, err());
  assert.match(
    err(),
    /interrupted after [\d,]+ rows, which are in .*out\.csv\.partial\n.*--resume goes on[\s\S]*Interrupted/,
  );
  assert.ok(existsSync(run.path('out.csv.partial')) && !existsSync(run.path('out.csv')));
  const again = start(run, '--resume');
  assert.equal(await again.ended, 0, again.err());
  assert.match(again.err(), /going on after [\d,]+ rows/);
  assert.deepEqual(await outputs(run), wanted);
});

test('a full disk: said in words, and gone on with when there is room', async (t) => {
  const run = await ScoreCase.make(t, { 'rows.csv': INPUT });
  mkdirSync(run.path('small'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=200k', 'tmpfs', run.path('small')], { stdio: 'ignore' });
  } catch {
    t.skip('this user may not mount a small disk');
    return;
  }
  try {
    await fillAndGoOn(run);
    const wanted = await wholeRun(t);
    assert.equal(await readFile(run.path('small/out.csv'), 'utf8'), wanted[0]);
  } finally {
    execFileSync('umount', [run.path('small')]);
  }
});

async function fillAndGoOn(run: ScoreCase): Promise<void> {
  const full = start(run, '-o', 'small/out.csv');
  assert.equal(await full.ended, 1, full.err());
  assert.match(full.err(), /no space is left on the disk\n.*make room[\s\S]*FileNotWritable/);
  assert.ok(!existsSync(run.path('small/out.csv')));
  execFileSync('mount', ['-o', 'remount,size=100m', run.path('small')]);
  const resumed = start(run, '-o', 'small/out.csv', '--resume');
  assert.equal(await resumed.ended, 0, resumed.err());
  assert.match(resumed.err(), /going on after/);
}

test('a read-only folder', async (t) => {
  const run = await ScoreCase.make(t, { 'rows.csv': irisRows(10) });
  const folder = run.path('locked');
  mkdirSync(folder, { mode: 0o555 });
  // Root writes into any folder but one that is mounted so.
  const isRoot = canWrite(run.path('locked/try'));
  try {
    if (isRoot) execFileSync('mount', ['-t', 'tmpfs', '-o', 'ro', 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    t.skip('this user can write everywhere and may not mount');
    return;
  }
  try {
    const { ended, err } = start(run, '-o', 'locked/out.csv');
    assert.equal(await ended, 1);
    assert.match(err(), /can not be written: (the folder is read-only|permission denied)[\s\S]*FileNotWritable/);
  } finally {
    if (isRoot) execFileSync('umount', [folder]);
  }
});

function canWrite(path: string): boolean {
  try {
    writeFileSync(path, '');
    return true;
  } catch {
    return false;
  }
}

test('a reader that goes away ends the run quietly', async (t) => {
  const run = await ScoreCase.make(t, { 'rows.csv': INPUT });
  const child = spawn(
    process.execPath,
    [BERTH, 'score', MODELS.xgboost, 'rows.csv', '--id', 'id', '--part-size', '20000'],
    {
      cwd: run.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let err = '';
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  child.stdout.once('data', () => child.stdout.destroy());
  const code = await new Promise((resolve) => child.on('close', resolve));
  assert.equal(code, 141);
  assert.equal(err.replace(/^(warning|note): .*\n/gm, ''), '');
});

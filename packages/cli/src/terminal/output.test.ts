/** What every command prints: no control characters into a pipe, no messages but errors with --quiet. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fakeIo } from '../../test/fake-io.ts';
import { COMMANDS, main } from '../main.ts';
import { quietIo } from './io.ts';

const BERTH = join(import.meta.dirname, '..', '..', 'bin', 'berth.js');
const HOSTILE = 'x\u001b[31m\u0007';
/** They would start something. */
const STARTS: ReadonlySet<string> = new Set(['up', 'serve', 'run']);
let folder = '';

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-output-'));
  await writeFile(join(folder, 'x.yaml'), `apiVersion: v1\nkind: "${'\\e[31mRed'}"\n`);
  await writeFile(join(folder, 'evil.pkl'), 'c\u001b[31mos\nsystem\n.');
});
after(() => rm(folder, { recursive: true }));

const environment = () => ({
  PATH: process.env.PATH,
  HOME: folder,
  BERTH_STATE: join(folder, 'state'),
  BERTH_CACHE: join(folder, 'cache'),
  FORCE_COLOR: '1',
  CLICOLOR_FORCE: '1',
  TERM: 'xterm-256color',
});

describe('into a pipe', () => {
  for (const name of COMMANDS.keys()) {
    test(`berth ${name} prints no control characters`, async () => {
      const lines = [['--help'], [`--${HOSTILE}`], [HOSTILE], [HOSTILE, HOSTILE], ['evil.pkl'], ['-f', 'x.yaml']];
      if (!STARTS.has(name)) lines.push([]);
      for (const args of lines) {
        if (STARTS.has(name) && !args[0]?.startsWith('--')) continue;
        const io = fakeIo({ cwd: folder, env: environment() as Record<string, string> });
        await main([name, ...args], io);
        const text = io.written.out + io.written.err;
        assert.doesNotMatch(text, /[^\P{Cc}\n\t]/u, `berth ${name} ${JSON.stringify(args)}: ${JSON.stringify(text)}`);
      }
    });
  }
  test('nor does the real process, whatever asks for colours', () => {
    for (const args of [['help'], ['check', '-f', 'x.yaml'], ['inspect', 'evil.pkl'], [HOSTILE]]) {
      const { stdout, stderr } = spawnSync(process.execPath, [BERTH, ...args], {
        cwd: folder,
        env: environment(),
        encoding: 'utf8',
      });
      assert.doesNotMatch(stdout + stderr, /[^\P{Cc}\n\t]/u);
    }
  });
});

describe('--quiet', () => {
  const warned = `apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nmetadata: {name: a}\nspec: {predictor: {sklearn: {storageUri: /m, colour: red}}}\n`;
  const run = async (args: string[], input = warned) => {
    const io = fakeIo({ input });
    const code = await main(args, io);
    return { code, ...io.written };
  };
  test('leaves warnings out and data as it is', async () => {
    const loud = await run(['run', '-f', '-', '--dry-run']);
    const quiet = await run(['run', '-f', '-', '--dry-run', '--quiet']);
    assert.match(loud.err, /warning/);
    assert.equal(quiet.err, '');
    assert.equal(quiet.out, loud.out);
    assert.equal(quiet.code, loud.code);
  });
  test('keeps errors with their hints', async () => {
    const { err, code } = await run(['run', '-f', '-', '--quiet'], warned.replace('storageUri', 'storageURL'));
    assert.equal(code, 3);
    assert.match(err, /^error: .*\n {2}at /);
    assert.match((await run(['sreve', '--quiet'])).err, /did you mean "berth serve"/);
    assert.match((await run(['predict', '--quiet', '-f', '/nowhere.json', 'm'])).err, /^error: [^\n]*\n/);
  });
  test('is taken by every command', async () => {
    for (const name of COMMANDS.keys()) {
      const io = fakeIo({ cwd: folder, env: environment() as Record<string, string> });
      await main([name, '--quiet', '--help'], io);
      assert.equal(io.written.err, '', name);
    }
  });
  test('drops what follows a message, not what follows an error', () => {
    const io = fakeIo();
    const quiet = quietIo(io);
    for (const text of ['warning: a\n', '  at x:1:1\n', 'error: b\n', '  hint: c\n', 'wrote d\n', 'not ready: e\n'])
      quiet.err(text);
    assert.equal(io.written.err, 'error: b\n  hint: c\nnot ready: e\n');
  });
});

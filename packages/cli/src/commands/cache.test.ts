import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fetchModel, ModelCache } from '@berth/storage';
import { fakeIo } from '../../test/fake-io.ts';
import { CommandError } from '../terminal/exit-codes.ts';
import { command } from './cache.ts';

async function withCache(
  work: (
    run: (...args: string[]) => Promise<{ code: number; out: string }>,
    digest: string,
    tree: string,
  ) => Promise<void>,
) {
  const folder = await mkdtemp(join(tmpdir(), 'berth-cli-'));
  try {
    const cacheFolder = join(folder, 'cache');
    const file = join(folder, 'model.bin');
    await writeFile(file, 'weights');
    const { digest = '', path } = await fetchModel(file, { cacheFolder, copyUpToBytes: 1000 });
    const then = new Date(Date.now() - 3_600_000);
    await utimes(new ModelCache(cacheFolder).records.path(digest), then, then);
    await work(
      async (...args) => {
        const io = fakeIo();
        const code = await command.run([...args, '--cache-dir', cacheFolder], io);
        return { code, out: io.written.out };
      },
      digest,
      path,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

describe('berth cache', () => {
  test('lists what is there', () =>
    withCache(async (run, digest) => {
      const { out } = await run('ls');
      assert.match(out, /^DIGEST +SIZE +FILES +LAST USED +STATE +SOURCE\n/);
      assert.match(out, new RegExp(`^${digest.slice(0, 12)} .*60m .*model\\.bin$`, 'm'));
      const { models } = JSON.parse((await run('ls', '-o', 'json')).out) as { models: { digest: string }[] };
      assert.deepEqual(
        models.map((model) => model.digest),
        [digest],
      );
    }));

  test('removes by digest, and says what is not there', () =>
    withCache(async (run, digest) => {
      assert.match((await run('rm', digest.slice(0, 10))).out, /^removed .*model\.bin\nfreed 7 /);
      assert.equal((await run('ls')).out, 'the cache is empty\n');
      await assert.rejects(run('rm', digest), (thrown) => thrown instanceof CommandError && thrown.exitCode === 4);
    }));

  test('prunes, or tells what it would prune', () =>
    withCache(async (run) => {
      assert.match((await run('prune', '--dry-run')).out, /^would remove .*\nwould free 7 /);
      assert.match((await run('prune', '--max-size', '1MiB')).out, /^freed 0 /);
      assert.match((await run('prune', '--unused-days', '1')).out, /^freed 0 /);
      assert.match((await run('prune')).out, /^removed .*\nfreed 7 /);
    }));

  test('verifies every byte', () =>
    withCache(async (run, digest, tree) => {
      const whole = await run('verify');
      assert.equal(whole.code, 0);
      assert.match(whole.out, new RegExp(`^✓ ${digest.slice(0, 12)} `));
      await chmod(tree, 0o600);
      await writeFile(tree, 'wEights');
      const damaged = await run('verify');
      assert.equal(damaged.code, 1);
      assert.match(damaged.out, /^✗ .*damaged: model\.bin\n$/);
    }));

  for (const args of [['sell'], ['rm'], ['ls', 'x'], ['ls', '-o', 'yaml'], ['prune', '--max-size', 'much']]) {
    test(`${args.join(' ')} is a mistake that is told`, () =>
      withCache((run) =>
        assert.rejects(run(...args), (thrown) => thrown instanceof CommandError && thrown.exitCode === 2),
      ));
  }
});

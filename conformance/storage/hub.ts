/** `hf://` against a stub of the Hub's documented API, at a size that comes in parts. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fetchModel, StorageError } from '@berth/storage';
import { serveHub } from '../../packages/storage/test/hub-stub.ts';
import type { Checks } from './oci.ts';

const FILES = {
  'config.json': Buffer.from('{"architectures": ["Iris"]}'),
  'model.bin': Buffer.alloc(40_000_000, 'weights of a model '),
};

export async function checkHub(checks: Checks): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'conformance-hub-'));
  const fetch = (cache: string, hub: { url: string }, env: Record<string, string>) =>
    fetchModel('hf://acme/iris', {
      cacheFolder: join(folder, cache),
      processEnv: { HF_ENDPOINT: hub.url },
      credentials: { env, files: {}, caBundles: [] },
    });
  try {
    await checks.check('hf brings a model of a private repository in parts, each digest held', async () => {
      await using hub = await serveHub({ files: FILES, token: 'hf_planted' });
      const { path } = await fetch('private', hub, { HF_TOKEN: 'hf_planted' });
      assert.ok(readFileSync(join(path, 'model.bin')).equals(FILES['model.bin']));
      assert.ok(hub.requests.filter(({ headers }) => headers.range !== undefined).length > 1);
      assert.equal((await fetch('private', hub, { HF_TOKEN: 'hf_planted' })).fromCache, true);
    });
    await checks.check('hf says that a gated model needs its terms accepted', async () => {
      await using hub = await serveHub({ files: FILES, token: 'hf_planted', isGated: true });
      await assert.rejects(fetch('gated', hub, {}), (thrown) => {
        assert.ok(thrown instanceof StorageError);
        assert.match(thrown.message, /gated model; accept its terms/);
        return thrown.reason === 'AccessDenied';
      });
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

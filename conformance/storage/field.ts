/**
 * What people met with S3, through the platform's own model source: layouts that must stay, endpoints as they are written,
 * annotations on an account. The same trees by s3://, gs://, http(s) archives and file://.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiObject, ModelState, ResourceStore } from '@berth/control';
import { createModelSource } from '../../packages/local/src/models/model-source.ts';
import { OBJECTS } from './cloud-checks.ts';
import type { Report } from './report.ts';

/** Servers that are up and filled with OBJECTS. */
export interface FilledServers {
  /** `host:port` of an S3 with bucket `field`. */
  readonly s3: string;
  /** URL of a Google Cloud Storage with bucket `kfserving-examples`; undefined where there is none. */
  readonly gcs: string | undefined;
}

const PREFIX = 'serving.kserve.io/s3-';
const LAYOUTS: readonly (readonly [path: string, files: readonly string[]])[] = [
  ['model', ['checkpoints/model.ckpt', 'sec.yaml']],
  ['runs/model', ['MLmodel', 'conda.yaml', 'model.pkl']],
  ['runs/model/model.pkl', ['model.pkl']],
  ['lab', ['model.joblib', 'sub/notes.txt']],
];

export async function checkField(servers: FilledServers, report: Report): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'conformance-field-'));
  try {
    await layouts(servers, folder, report);
    await endpoints(servers.s3, folder, report);
    await report.check('the annotations of a ServiceAccount lead the download', async () => {
      const { state } = await bring(folder, 's3://field/lab', [
        account({ [`${PREFIX}endpoint`]: servers.s3, [`${PREFIX}usehttps`]: '0' }),
        secret({}),
      ]);
      assert.equal(state.state, 'ready', JSON.stringify(state));
    });
    await report.check('annotations that nothing reads are told, with what was meant', async () => {
      const annotations = {
        'serving.kserve.org/s3-endpoint': servers.s3,
        [`${PREFIX}endpoint`]: servers.s3,
        [`${PREFIX}usehttps`]: '0',
        [`${PREFIX}verifySSL`]: '0',
        'example.com/owner': 'team-a',
      };
      const { warnings } = await bring(folder, 's3://field/lab', [account({}), secret(annotations)]);
      assert.equal(warnings.length, 2, warnings.join('\n'));
      assert.match(warnings.join('\n'), /serving\.kserve\.org\/s3-endpoint.*serving\.kserve\.io\/s3-endpoint/);
      assert.match(warnings.join('\n'), /s3-verifySSL.*s3-verifyssl/);
    });
    await report.check('a bucket that is not there fails in words, and is tried again', async () => {
      const objects = [account({}), secret({ [`${PREFIX}endpoint`]: `http://${servers.s3}` })];
      const { state } = await bring(folder, 's3://not-there/lab', objects);
      assert.equal(state.state, 'failed');
      assert.ok(state.state === 'failed' && state.reason === 'NotFound' && /no such bucket/.test(state.message));
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function layouts(servers: FilledServers, folder: string, report: Report): Promise<void> {
  const here = join(folder, 'here');
  for (const [key, body] of Object.entries(OBJECTS)) {
    mkdirSync(dirname(join(here, key)), { recursive: true });
    writeFileSync(join(here, key), body);
  }
  const objects = [account({}), secret({ [`${PREFIX}endpoint`]: servers.s3, [`${PREFIX}usehttps`]: '0' })];
  const env = servers.gcs === undefined ? {} : { STORAGE_EMULATOR_HOST: servers.gcs };
  for (const [path, files] of LAYOUTS) {
    const uris = [`s3://field/${path}`, `file://${join(here, path)}`];
    if (servers.gcs !== undefined) uris.push(`gs://kfserving-examples/${path}`);
    const digests = new Set<string>();
    for (const uri of uris) {
      await report.check(`${uri.replace(here, '…')} keeps its layout`, async () => {
        const { state, found } = await bring(folder, uri, objects, env);
        assert.deepEqual(found, files, JSON.stringify(state));
        if (state.state === 'ready') digests.add(state.digest);
      });
    }
    if (files.length > 1) {
      await report.check(`an archive of ${path} over http keeps its layout`, async () => {
        const archive = join(folder, 'model.tar.gz');
        execFileSync('tar', ['-czf', archive, '-C', join(here, path), '.']);
        await using server = await serveFile(archive);
        const { state, found } = await bring(folder, `${server.url}/model.tar.gz`, objects);
        assert.deepEqual(found, files, JSON.stringify(state));
        if (state.state === 'ready') digests.add(state.digest);
      });
    }
    await report.check(`${path} is one tree, wherever it comes from`, async () => assert.equal(digests.size, 1));
  }
}

async function endpoints(s3: string, folder: string, report: Report): Promise<void> {
  const dotted = s3.replace(':', '.:');
  for (const [endpoint, useHttps, wanted] of [
    [s3, '0', undefined],
    [`http://${s3}`, '0', undefined],
    [`http://${s3}/`, '0', undefined],
    [`http://${s3}`, '1', /s3-usehttps/],
    [dotted, '0', /dot/],
  ] as const) {
    await report.check(`an endpoint written "${endpoint}" with usehttps ${useHttps} works`, async () => {
      const annotations = { [`${PREFIX}endpoint`]: endpoint, [`${PREFIX}usehttps`]: useHttps };
      const { state, warnings } = await bring(folder, 's3://field/lab', [account({}), secret(annotations)]);
      assert.equal(state.state, 'ready', JSON.stringify(state));
      if (wanted === undefined) assert.deepEqual(warnings, []);
      else assert.match(warnings.join('\n'), wanted);
    });
  }
  await report.check('an endpoint that is a URI of a model is refused by name', async () => {
    const annotations = { [`${PREFIX}endpoint`]: 's3://field/lab', [`${PREFIX}usehttps`]: '1' };
    const { state } = await bring(folder, 's3://field/lab', [account({}), secret(annotations)]);
    assert.ok(state.state === 'failed' && /s3-endpoint.*s3:\/\/field\/lab/.test(state.message), JSON.stringify(state));
  });
  await report.check('an empty endpoint counts as not set, with a warning', async () => {
    const annotations = { [`${PREFIX}endpoint`]: '', [`${PREFIX}usehttps`]: '1' };
    const env = { AWS_ENDPOINT_URL: `http://${s3}` };
    const { state, warnings } = await bring(folder, 's3://field/lab', [account({}), secret(annotations)], env);
    assert.equal(state.state, 'ready', JSON.stringify(state));
    assert.match(warnings.join('\n'), /s3-endpoint.*empty/);
  });
}

/** Asks a model source of its own for one model until it is here or has failed. */
async function bring(
  folder: string,
  uri: string,
  objects: readonly ApiObject[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ state: ModelState; warnings: readonly string[]; found: readonly string[] }> {
  const cacheFolder = mkdtempSync(join(folder, 'cache-'));
  const source = createModelSource({ store: holding(objects), cacheFolder, env });
  const service = { namespace: 'default', service: 'iris' };
  try {
    const request = { ...service, uri, serviceAccountName: 's3', annotations: {}, env: {}, refresh: '' };
    const deadline = Date.now() + 30_000;
    let state = source.ask(request);
    while (state.state === 'fetching' && Date.now() < deadline) {
      await sleep(50);
      state = source.ask(request);
    }
    const found = state.state === 'ready' ? filesOf(state.path) : [];
    return { state, warnings: source.warnings(service), found };
  } finally {
    await source.close();
  }
}

function filesOf(path: string): string[] {
  if (statSync(path).isFile()) return [path.split('/').at(-1) as string];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1))
    .sort();
}

function account(annotations: Readonly<Record<string, string>>): ApiObject {
  return object('ServiceAccount', annotations, { secrets: [{ name: 's3' }] });
}

function secret(annotations: Readonly<Record<string, string>>): ApiObject {
  return object('Secret', annotations, { data: { AWS_ACCESS_KEY_ID: btoa('a'), AWS_SECRET_ACCESS_KEY: btoa('b') } });
}

function object(kind: string, annotations: Readonly<Record<string, string>>, fields: object): ApiObject {
  const metadata = { name: 's3', namespace: 'default', annotations, uid: 'u', resourceVersion: '1', generation: 1 };
  return { apiVersion: 'v1', kind, metadata: { ...metadata, creationTimestamp: '2026-01-01T00:00:00Z' }, ...fields };
}

/** A store that holds these and is only read. */
function holding(objects: readonly ApiObject[]): ResourceStore {
  const store: Partial<ResourceStore> = {
    get: (key) => objects.find(({ kind, metadata }) => kind === key.kind && metadata.name === key.name),
    list: (kind) => objects.filter((one) => one.kind === kind),
    watch: () => () => undefined,
  };
  return store as ResourceStore;
}

async function serveFile(file: string): Promise<{ url: string } & AsyncDisposable> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/gzip' });
    response.end(readFileSync(file));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** reliability 1.1 and 1.2: archives that would leave their folder, over each way that brings them, against a live platform. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { serveRegistry } from '../../packages/storage/test/registry-stub.ts';
import { type TarFixtureEntry, tarOf } from '../../packages/storage/test/tar-fixture.ts';
import { zipOf } from '../../packages/storage/test/zip-fixture.ts';
import type { Api } from '../faults/api.ts';
import { reasonOf } from './egress-rows.ts';
import type { Walk } from './scene.ts';

const MODEL = readFileSync(join(import.meta.dirname, '..', 'faults', 'models', 'v1', 'model.joblib'));
const OWNED = 'archive-row-owned';
const REFUSED = /ArchiveRefused|CorruptArchive|LimitExceeded|InvalidStorageUri/;

/** What lies beside an honest model. */
const HOSTILE: readonly (readonly [string, readonly TarFixtureEntry[]])[] = [
  ['a way out', [{ name: `../../../../../../tmp/${OWNED}`, content: 'x' }]],
  ['a way out in the middle', [{ name: `a/b/../../../../${OWNED}`, content: 'x' }]],
  ['a backslash', [{ name: `..\\${OWNED}`, content: 'x' }]],
  ['a symbolic link', [{ name: 'p', type: '2', link: '/etc/passwd' }]],
  [
    'a file through a link',
    [
      { name: 'd', type: '2', link: '/tmp' },
      { name: `d/${OWNED}`, content: 'x' },
    ],
  ],
  ['a hard link', [{ name: 'p', type: '1', link: '/etc/passwd' }]],
  ['a device', [{ name: 'n', type: '3' }]],
  ['a pipe', [{ name: 'p', type: '6' }]],
  ['setuid', [{ name: 's', content: 'x', mode: 0o4755 }]],
  [
    'letters that differ in case alone',
    [
      { name: 'a', content: 'x' },
      { name: 'A', content: 'y' },
    ],
  ],
  ['a thousand folders', [{ name: `${'d/'.repeat(1_000)}f`, content: 'x' }]],
  ['a tebibyte that it only claims', [{ name: 'big', content: 'x', size: 0o77777777777 }]],
];

/** Each is refused within seconds, with nothing outside and nothing half; `state` is the platform's folder. */
export async function archiveRows(walk: Walk, api: Api, state: string): Promise<void> {
  const honest = { name: 'model.joblib', content: MODEL };
  const files = new Map<string, Buffer>();
  await using registry = await serveRegistry();
  const image = (tag: string, entries: readonly TarFixtureEntry[]) => {
    const layer = tarOf(entries.map((one) => ({ ...one, name: `models/${one.name}` })));
    const mediaType = 'application/vnd.oci.image.layer.v1.tar';
    const config = { mediaType: 'application/vnd.oci.image.config.v1+json', digest: registry.add({}), size: 2 };
    const layers = [{ mediaType, digest: registry.add(layer), size: layer.length }];
    registry.tag(
      tag,
      registry.add({ schemaVersion: 2, mediaType: 'application/vnd.oci.image.manifest.v1+json', config, layers }),
    );
  };
  const uris: { readonly what: string; readonly uri: string; readonly isHonest: boolean }[] = [];
  const server = createServer((request, response) => {
    const bytes = files.get(decodeURIComponent(request.url ?? ''));
    if (bytes === undefined) response.writeHead(404).end();
    else response.writeHead(200, { 'content-length': bytes.length }).end(request.method === 'HEAD' ? '' : bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const offer = (what: string, file: string, bytes: Buffer, isHonest = false) => {
    files.set(`/${file}`, bytes);
    uris.push({ what: `${what} (${file})`, uri: `http://127.0.0.1:${port}/${file}`, isHonest });
  };
  for (const [index, [what, entries]] of [['an honest model', []] as const, ...HOSTILE].entries()) {
    const isHonest = index === 0;
    const tar = tarOf([honest, ...entries]);
    offer(what, `a${index}.tar`, tar, isHonest);
    offer(what, `a${index}.tar.gz`, gzipSync(tar), isHonest);
    image(`i${index}`, [honest, ...entries]);
    uris.push({ what: `${what} (oci)`, uri: `oci://${registry.host}/acme/iris:i${index}`, isHonest });
  }
  image('dot', [honest, { name: '.wh..', content: '' }, { name: '.wh...', content: '' }]);
  uris.push({ what: 'whiteouts of no name (oci)', uri: `oci://${registry.host}/acme/iris:dot`, isHonest: true });
  offer('a way out', 'out.zip', zipOf([{ name: `../${OWNED}`, content: 'x' }]));
  offer('an absolute path', 'absolute.zip', zipOf([{ name: `/tmp/${OWNED}`, content: 'x' }]));
  offer('nothing but its first half', 'cut.tar.gz', gzipSync(tarOf([honest])).subarray(0, 100));
  await Promise.all(
    uris.map(async ({ what, uri: storageUri, isHonest }, index) => {
      const name = `archive-${index}`;
      await api.apply({
        apiVersion: 'serving.kserve.io/v1beta1',
        kind: 'InferenceService',
        metadata: { name },
        spec: { predictor: { minReplicas: 0, model: { modelFormat: { name: 'sklearn' }, storageUri } } },
      });
      const said = await reasonOf(api, name, 30_000);
      const isGood = isHonest ? said === 'Ready' : REFUSED.test(said) && !said.includes(state);
      walk.row(`1.2 an archive with ${what}`, isGood, said);
      await api.call('DELETE', `/apis/serving.kserve.io/v1beta1/namespaces/default/inferenceservices/${name}`);
    }),
  );
  server.close();
  server.closeAllConnections();
  const inCache = readdirSync(join(state, 'cache'), { recursive: true, encoding: 'utf8' });
  const out = [join('/tmp', OWNED), join(state, OWNED), join(state, '..', OWNED)].filter((path) => existsSync(path));
  const inside = inCache.filter((path) => path.includes(OWNED));
  walk.row('1.2 no archive has left its folder', out.length + inside.length === 0, [...out, ...inside].join(', '));
}

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fromBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { DocumentSchema } from '../../gen/openapi_v2_pb.ts';
import { KINDS } from '../kinds/kind-info.ts';
import { discoveryAnswer } from './discovery-answer.ts';

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
const BETA = 'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList';
const PROTOBUF = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';

interface Patch {
  parameters: { name: string }[];
  'x-kubernetes-group-version-kind': { kind: string };
}

async function answer(path: string, accept = 'application/json') {
  const found = await discoveryAnswer(path, accept, '0.1.0');
  assert.ok(found, `${path} is answered`);
  return found;
}

async function json(path: string, accept?: string) {
  return JSON.parse((await answer(path, accept)).body.toString());
}

describe('discovery', () => {
  it('lists every kind once in the plain form, in its group version', async () => {
    const paths = ['/api/v1', ...(await pathsOfGroups())];
    const listed = (await Promise.all(paths.map((path) => json(path)))).flatMap((list) => list.resources);
    for (const { plural, kind, isNamespaced } of KINDS) {
      const found = listed.filter((one: { name: string }) => one.name === plural);
      assert.equal(found.length, 1, plural);
      assert.deepEqual([found[0].kind, found[0].namespaced], [kind, isNamespaced]);
    }
  });

  it('says the same in the aggregated form', async () => {
    const answers = await Promise.all(['/api', '/apis'].map((path) => json(path, AGGREGATED)));
    const items = answers.flatMap((list) => list.items);
    const plurals = items.flatMap((group) =>
      group.versions.flatMap((version: { resources: { resource: string }[] }) =>
        version.resources.map((one) => one.resource),
      ),
    );
    for (const { plural } of KINDS) assert.ok(plurals.includes(plural), plural);
  });

  it('answers in the form that is asked for first', async () => {
    assert.match((await answer('/apis', `${AGGREGATED},${BETA},application/json`)).contentType, /v=v2;/);
    assert.match((await answer('/apis', `${BETA},application/json`)).contentType, /v=v2beta1;/);
    assert.equal((await json('/apis', BETA)).apiVersion, 'apidiscovery.k8s.io/v2beta1');
    assert.equal((await answer('/apis', `application/json,${AGGREGATED}`)).contentType, 'application/json');
    assert.equal((await json('/apis', undefined)).kind, 'APIGroupList');
    const future = AGGREGATED.replace('v=v2', 'v=v3');
    assert.equal((await answer('/apis', `${future},application/json`)).contentType, 'application/json');
  });

  it('leaves out verbs that are refused', async () => {
    const pods = (await json('/api/v1')).resources.find((one: { name: string }) => one.name === 'pods');
    assert.deepEqual(pods.verbs, ['get', 'list', 'watch']);
  });

  it('knows nothing of other paths', async () => {
    const others = [
      '/api/v2',
      '/apis/nothing',
      '/apis/serving.kserve.io/v9',
      '/openapi/v3/api/v2',
      '/api/v1/pods',
      '/x',
    ];
    for (const path of [...others, '/apis/__proto__', '/apis//v1', '']) {
      assert.equal(await discoveryAnswer(path, undefined, '0.1.0'), undefined, path);
    }
  });

  it('answers any path and Accept header with something or nothing, and never fails', async () => {
    const step = fc.constantFrom(
      '',
      'api',
      'apis',
      'v1',
      'openapi',
      'v2',
      'v3',
      'serving.kserve.io',
      'v1beta1',
      '..',
      '%',
    );
    const path = fc.oneof(
      fc.string(),
      fc.array(step).map((steps) => `/${steps.join('/')}`),
    );
    const accept = fc.option(fc.oneof(fc.string(), fc.constantFrom(AGGREGATED, BETA, PROTOBUF, '*/*;q=x', ';;,,;q=0')));
    await fc.assert(
      fc.asyncProperty(path, accept, async (one, header) => {
        const found = await discoveryAnswer(one, header ?? undefined, '0.1.0');
        assert.ok(found === undefined || [200, 406].includes(found.status));
      }),
    );
  });

  it('answers the health checks as text', async () => {
    for (const path of ['/healthz', '/livez', '/readyz', '/readyz/ping']) {
      assert.equal((await answer(path, '*/*')).body.toString(), 'ok');
    }
    assert.match((await answer('/readyz?verbose', '*/*')).body.toString(), /^\[\+\]ping ok\nreadyz check passed\n$/);
  });
});

describe('OpenAPI', () => {
  it('leads from the index to one document a group version, which may be kept for ever', async () => {
    const { paths } = await json('/openapi/v3');
    for (const [path, { serverRelativeURL }] of Object.entries<{ serverRelativeURL: string }>(paths)) {
      assert.equal((await json(serverRelativeURL)).openapi, '3.0.0', path);
      assert.match((await answer(serverRelativeURL)).headers?.['cache-control'] ?? '', /immutable/);
    }
    assert.ok('apis/serving.kserve.io/v1beta1' in paths);
    assert.equal((await answer('/openapi/v3/api/v1')).headers, undefined);
  });

  it('refers to nothing that the same document lacks', async () => {
    const paths = Object.keys((await json('/openapi/v3')).paths);
    const documents = await Promise.all(paths.map((path) => json(`/openapi/v3/${path}`)));
    for (const document of [...documents, await json('/openapi/v2')]) {
      const schemas = document.components?.schemas ?? document.definitions;
      const references = [
        ...JSON.stringify(document).matchAll(/"\$ref":"#\/(?:components\/schemas|definitions)\/([^"]+)"/g),
      ];
      for (const [, name] of references) assert.ok(Object.hasOwn(schemas, name ?? ''), name);
    }
  });

  it('says of every kind that can be patched that fieldValidation and dryRun are read', async () => {
    for (const { group, version, kind, isReadOnly } of KINDS) {
      const document = await json(`/openapi/v3/${group === '' ? `api/${version}` : `apis/${group}/${version}`}`);
      const patches = Object.values<{ patch?: Patch }>(document.paths)
        .flatMap((path) => path.patch ?? [])
        .filter((patch) => patch['x-kubernetes-group-version-kind'].kind === kind);
      assert.equal(patches.length > 0, !isReadOnly, kind);
      for (const { parameters } of patches) {
        const names = parameters.map((one) => one.name);
        assert.ok(names.includes('fieldValidation') && names.includes('dryRun'), kind);
      }
    }
  });

  it('tells how the lists of core kinds merge', async () => {
    const { schemas } = (await json('/openapi/v3/api/v1')).components;
    const { secrets } = schemas['io.k8s.api.core.v1.ServiceAccount'].properties;
    assert.deepEqual(
      [secrets['x-kubernetes-patch-strategy'], secrets['x-kubernetes-patch-merge-key']],
      ['merge', 'name'],
    );
  });

  it('says the same in protobuf as in JSON', async () => {
    const { body, contentType } = await answer('/openapi/v2', PROTOBUF);
    assert.equal(contentType, PROTOBUF.replace('@', '.'));
    const message = fromBinary(DocumentSchema, body);
    const document = await json('/openapi/v2');
    assert.deepEqual(
      message.definitions?.additionalProperties.map((one) => one.name),
      Object.keys(document.definitions),
    );
    assert.deepEqual(
      message.paths?.path.map((one) => one.name),
      Object.keys(document.paths),
    );
    const inProtobuf = message.definitions?.additionalProperties.find((one) => one.name.endsWith('v1.Secret'))?.value;
    const inJson = document.definitions['io.k8s.api.core.v1.Secret'];
    assert.deepEqual(
      inProtobuf?.properties?.additionalProperties.map(({ name, value }) => [name, value?.type?.value[0]]),
      Object.entries<{ type?: string }>(inJson.properties).map(([name, { type }]) => [name, type]),
    );
  });

  it('refuses kinds of answers that there are not', async () => {
    assert.equal((await answer('/openapi/v2', 'text/html')).status, 406);
    assert.equal(
      (await answer('/openapi/v3', 'application/com.github.proto-openapi.spec.v3@v1.0+protobuf')).status,
      406,
    );
  });
});

async function pathsOfGroups(): Promise<string[]> {
  const { groups } = await json('/apis');
  return groups.flatMap((group: { versions: { groupVersion: string }[] }) =>
    group.versions.map(({ groupVersion }) => `/apis/${groupVersion}`),
  );
}

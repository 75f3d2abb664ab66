/** Requests that a server and its peer are sent, one after the other. */

/** One request; the path begins inside a namespace. */
export interface Step {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly type?: string;
}

const APPLY = 'application/apply-patch+yaml';
const MERGE = 'application/merge-patch+json';
const STRATEGIC = 'application/strategic-merge-patch+json';
const SERVICE = 'serving.kserve.io/v1beta1/inferenceservices/a';
const MAP = 'v1/configmaps/c';
const ACCOUNT = 'v1/serviceaccounts/w';
const OF_SERVICE = { apiVersion: 'serving.kserve.io/v1beta1', kind: 'InferenceService' };
const OF_MAP = { apiVersion: 'v1', kind: 'ConfigMap' };
const OF_ACCOUNT = { apiVersion: 'v1', kind: 'ServiceAccount' };
const MODEL = { modelFormat: { name: 'sklearn' }, storageUri: 'gs://bucket/model' };

const MANAGERS = ['m1', 'm2', 'm3'];
/** Who asks for items of a list and no model, which is invalid alone. */
const OF_ITEMS = ['i1', 'i2'];

/** Numbers between 0 and 1, the same for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

/** What several managers, who know nothing of each other, do to the same three objects: applies and patches. */
export function* manyManagers(seed: number, count: number): Generator<Step> {
  const random = randomOf(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const some = <T>(list: readonly T[], share = 0.5): T[] => list.filter(() => random() < share);
  const perhaps = (share: number, make: () => object): object => (random() < share ? make() : {});
  const map = (keys: readonly string[]) => Object.fromEntries(some(keys).map((key) => [key, pick(['1', '2'])]));
  const labels = () => perhaps(0.5, () => ({ labels: { a: '1', ...map(['b', 'c']) } }));
  const meta = () => ({ ...labels(), ...perhaps(0.2, () => ({ finalizers: [pick(['x.io/a', 'x.io/b'])] })) });
  const env = () =>
    [pick(['A', 'B', 'C']), ...some(['D', 'E', 'F'])]
      .sort(() => random() - 0.5)
      .map((name) => ({ name, value: pick(['1', '2']) }));
  const model = () => ({
    ...MODEL,
    ...perhaps(0.6, () => ({ env: env() })),
    ...perhaps(0.3, () => ({ args: some(['x', 'y']) })),
    ...perhaps(0.2, () => ({ ports: [{ containerPort: 80, protocol: pick(['TCP', 'UDP']), name: 'h' }] })),
  });
  const predictor = () => ({
    ...perhaps(0.3, () => ({ minReplicas: pick([0, 1]) })),
    ...perhaps(0.3, () => ({ nodeSelector: { d: pick(['1', '2']) } })),
    ...perhaps(0.2, () => ({ imagePullSecrets: [{ name: pick(['p', 'q']) }] })),
    model: model(),
  });
  const apply = (path: string, body: object, name: string, managers = MANAGERS): Step => {
    const query = `?fieldManager=${pick(managers)}${random() < 0.5 ? '&force=true' : ''}`;
    return { name: `${name} ${query}`, method: 'PATCH', path: path + query, body, type: APPLY };
  };
  const kinds: readonly (() => Step)[] = [
    () =>
      apply(SERVICE, { ...OF_SERVICE, metadata: { name: 'a', ...meta() }, spec: { predictor: predictor() } }, 'apply'),
    () =>
      apply(
        SERVICE,
        { ...OF_SERVICE, metadata: { name: 'a' }, spec: { predictor: { model: { env: env() } } } },
        'apply items',
        OF_ITEMS,
      ),
    () =>
      apply(
        `${SERVICE}/status`,
        { ...OF_SERVICE, metadata: { name: 'a' }, status: { url: pick(['http://a', 'http://b']) } },
        'apply status',
      ),
    () =>
      apply(MAP, { ...OF_MAP, metadata: { name: 'c', ...meta() }, data: { a: '1', ...map(['b', 'd']) } }, 'apply map'),
    () =>
      apply(
        ACCOUNT,
        { ...OF_ACCOUNT, metadata: { name: 'w' }, secrets: [{ name: pick(['x', 'y', 'z']) }, { name: 'v' }] },
        'apply account',
      ),
    () => ({
      name: 'merge',
      method: 'PATCH',
      path: SERVICE,
      type: MERGE,
      body: { metadata: labels(), spec: { predictor: { maxReplicas: pick([2, 3]) } } },
    }),
    () => ({
      name: 'strategic',
      method: 'PATCH',
      path: MAP,
      type: STRATEGIC,
      body: { metadata: labels(), data: { d: pick(['1', null]) } },
    }),
    () => ({
      name: 'strategic account',
      method: 'PATCH',
      path: ACCOUNT,
      type: STRATEGIC,
      body: { secrets: [{ name: pick(['x', 'q']) }] },
    }),
  ];
  yield apply(SERVICE, { ...OF_SERVICE, metadata: { name: 'a' }, spec: { predictor: { model: MODEL } } }, 'first');
  yield apply(MAP, { ...OF_MAP, metadata: { name: 'c' }, data: { z: '0' } }, 'first map');
  yield apply(ACCOUNT, { ...OF_ACCOUNT, metadata: { name: 'w' }, secrets: [{ name: 'v' }] }, 'first account');
  for (let index = 0; index < count; index++) {
    const step = pick(kinds)();
    yield { ...step, name: `${index} ${step.name}` };
  }
}

const map = (data: unknown, metadata: object = {}, more: object = {}) => ({
  ...OF_MAP,
  metadata: { name: 'm', ...metadata },
  data,
  ...more,
});
const maps = 'v1/configmaps';

/** The life of an object: what is refused, what conflicts, what waits for a finalizer. */
export const LIFE: readonly Step[] = [
  { name: 'a dry run', method: 'POST', path: `${maps}?dryRun=All`, body: map({ a: '1' }) },
  { name: 'a dry run in other words', method: 'POST', path: `${maps}?dryRun=Some`, body: map({ a: '1' }) },
  { name: 'create', method: 'POST', path: maps, body: map({ a: '1' }, { finalizers: ['x.io/a'] }) },
  { name: 'create again', method: 'POST', path: maps, body: map({}) },
  { name: 'another namespace in the body', method: 'POST', path: maps, body: map({}, { namespace: 'elsewhere' }) },
  {
    name: 'unknown fields, strictly',
    method: 'POST',
    path: `${maps}?fieldValidation=Strict`,
    body: map({}, {}, { nope: 1 }),
  },
  { name: 'a stale version', method: 'PUT', path: `${maps}/m`, body: map({ a: '2' }, { resourceVersion: '1' }) },
  { name: 'another uid', method: 'DELETE', path: `${maps}/m`, body: { preconditions: { uid: 'x' } } },
  { name: 'a policy that nothing knows', method: 'DELETE', path: `${maps}/m`, body: { propagationPolicy: 'Nope' } },
  {
    name: 'replace a field that is not there',
    method: 'PATCH',
    path: `${maps}/m`,
    body: [{ op: 'replace', path: '/data/b', value: '2' }],
    type: 'application/json-patch+json',
  },
  {
    name: 'a test that fails',
    method: 'PATCH',
    path: `${maps}/m`,
    body: [{ op: 'test', path: '/data/b', value: '3' }],
    type: 'application/json-patch+json',
  },
  { name: 'a patch of no form', method: 'PATCH', path: `${maps}/m`, body: {} },
  { name: 'immutable', method: 'PATCH', path: `${maps}/m`, body: { immutable: true }, type: MERGE },
  {
    name: 'a change of what is immutable',
    method: 'PATCH',
    path: `${maps}/m`,
    body: { data: { a: '3' } },
    type: MERGE,
  },
  { name: 'a dry deletion', method: 'DELETE', path: `${maps}/m?dryRun=All` },
  { name: 'a deletion that waits', method: 'DELETE', path: `${maps}/m` },
  { name: 'create while it goes', method: 'POST', path: maps, body: map({}) },
  {
    name: 'a new finalizer while it goes',
    method: 'PATCH',
    path: `${maps}/m`,
    body: { metadata: { finalizers: ['x.io/a', 'x.io/b'] } },
    type: MERGE,
  },
  { name: 'no finalizer', method: 'PATCH', path: `${maps}/m`, body: { metadata: { finalizers: null } }, type: MERGE },
  { name: 'gone', method: 'GET', path: `${maps}/m` },
  { name: 'a list that is to come', method: 'GET', path: `${maps}?resourceVersion=99999999999` },
  { name: 'a selector of no form', method: 'GET', path: `${maps}?labelSelector=((` },
  { name: 'a field that is no selector', method: 'GET', path: `${maps}?fieldSelector=type%3Dx` },
  { name: 'a match of no version', method: 'GET', path: `${maps}?resourceVersionMatch=Exact` },
  { name: 'a subresource that is not there', method: 'GET', path: `${maps}/m/scale` },
  { name: 'a strategic patch of a custom kind', method: 'PATCH', path: SERVICE, body: {}, type: STRATEGIC },
];

/** reliability 1.1, 1.3 and 1.4 against the platform's API over plain HTTP/1.1. */
import { readFileSync } from 'node:fs';
import { exchange, message } from './raw.ts';
import type { Walk } from './scene.ts';

const ROUTES = [
  '/apis/serving.kserve.io/v1beta1/namespaces/default/inferenceservices/iris',
  '/apis/serving.kserve.io/v1beta1/namespaces/default/inferenceservices',
  '/api/v1/namespaces/default/secrets/x',
  '/api/v1/namespaces/default/pods/x',
  '/api/v1/namespaces/default/configmaps',
  '/openapi/v3',
  '/healthz',
  '/nothing',
];

/** Everything that a page, a stranger or a broken client could send to the API. */
export async function apiRows(walk: Walk, kubeconfig: string): Promise<void> {
  const config = JSON.parse(readFileSync(kubeconfig, 'utf8'));
  const port = Number(new URL(config.clusters[0].cluster.server).port);
  const token = `Authorization: Bearer ${config.users[0].user.token}`;
  const json = 'Content-Type: application/json';
  for (const path of ROUTES) {
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD', 'TRACE', 'CONNECT']) {
      const body = method === 'GET' || method === 'HEAD' ? '' : '{}';
      const send = (what: string, wanted: readonly number[], lines: readonly string[]) =>
        walk.http(`1.1 API: ${what}: ${method} ${path}`, port, wanted, message(method, path, [json, ...lines], body), {
          also: ({ text }) => !/access-control-allow-origin/i.test(text),
        });
      const none = method === 'CONNECT' ? [401, 403, 404, 405, 0] : [401, 403, 405];
      await send('no token', none, []);
      await send('a wrong token', none, ['Authorization: Bearer x']);
      await send('a foreign origin', none, [token, 'Origin: http://evil.example']);
      await send('a foreign site', none, [token, 'Sec-Fetch-Site: cross-site']);
      await send('a foreign host', none, [token, 'Host: evil.example']);
    }
  }
  const maps = '/api/v1/namespaces/default/configmaps';
  const send = (
    what: string,
    wanted: readonly number[],
    lines: readonly string[],
    body: string | Buffer = '',
    method = 'POST',
    path = maps,
  ) =>
    walk.http(`1.4 API: ${what}`, port, wanted, message(method, path, [token, ...lines], body), { timeoutMs: 20_000 });
  const deep = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
  await send('a body of 4 MiB', [413], [json], Buffer.alloc(4 << 20, 0x20));
  await send('a depth of 5,000', [400, 413, 422], [json], `{"kind":"ConfigMap","data":${deep(5_000)}}`);
  await send('YAML of a depth of 20,000', [400, 413, 422], ['Content-Type: application/yaml'], `data: ${deep(20_000)}`);
  const bomb = [
    'a: &a [x,x,x,x,x,x,x,x,x,x]',
    ...'bcdefghi'
      .split('')
      .map((one, index) => `${one}: &${one} [${Array(10).fill(`*${'abcdefgh'[index]}`).join(',')}]`),
  ].join('\n');
  await send('a YAML alias bomb', [400, 413, 422], ['Content-Type: application/yaml'], bomb);
  for (const type of [
    'text/html',
    'multipart/form-data; boundary=x',
    'application/x-python-pickle',
    'application/vnd.kubernetes.protobuf',
  ]) {
    await send(`a body of ${type}`, [400, 415], [`Content-Type: ${type}`], 'cos\nsystem\n.');
  }
  for (const key of ['__proto__', 'constructor', 'toString']) {
    const object = `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"keys-${key.length}","labels":{"a":"b"}},"${key}":{"polluted":"1"},"data":{"x":"y"}}`;
    await send(`${key} in an object`, [201, 400, 409, 422], [json], object);
    const patch = `{"spec":{"${key}":{"polluted":1}},"${key}":{"polluted":1}}`;
    const service = `${ROUTES[0]}`;
    for (const form of ['merge-patch+json', 'strategic-merge-patch+json', 'apply-patch+yaml']) {
      await send(
        `${key} in a ${form}`,
        [200, 400, 415, 422],
        [`Content-Type: application/${form}`],
        patch,
        'PATCH',
        `${service}?dryRun=All&fieldManager=x`,
      );
    }
    await send(
      `${key} as a kind`,
      [404, 405],
      [],
      '',
      'GET',
      `/apis/serving.kserve.io/v1beta1/namespaces/default/${key}`,
    );
    await send(`${key} as a namespace`, [404, 200, 400], [], '', 'GET', `/api/v1/namespaces/${key}/configmaps/${key}`);
  }
  for (const path of [
    '//api//v1',
    '/api/v1/namespaces/../secrets',
    '/api/v1/namespaces/%2e%2e/secrets',
    '/api/v1/namespaces/default/configmaps/..%2f..%2fx',
    '/api/v1/namespaces/default/configmaps/a%00b',
    '/api/%zz',
    '/nothing/at/all',
  ]) {
    await send(`the path ${path}`, [400, 403, 404, 405], [], '', 'GET', path);
  }
  for (const [what, lines] of [
    ['CL and TE', ['Content-Length: 5', 'Transfer-Encoding: chunked']],
    ['two hosts', ['Host: localhost', 'Host: evil']],
    ['a compressed body', [json, 'Content-Encoding: gzip']],
  ] as const) {
    await send(what, [400, 415], lines, '{}{}{');
  }
  await send(
    '1,501 headers',
    [431, 400],
    Array.from({ length: 1501 }, (_, index) => `X-${index}: 1`),
    '',
    'GET',
    '/api',
  );
  const alive = await exchange(port, message('GET', '/api', [token]));
  walk.row('1.4 API: answers after it', alive.status === 200, alive.text);
}

/** reliability 1.5: where a URL of a resource may lead, against a live platform, with a listener that must hear nothing. */
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Api, Json } from '../faults/api.ts';
import type { Walk } from './scene.ts';

/** Refused whoever writes them; `PORT` is the listener's. */
const NEVER = [
  'http://0:PORT/m',
  'http://[::ffff:169.254.169.254]/m',
  'http://169.254.169.254/latest/meta-data',
  'http://2852039166/m',
  'http://0xa9.254.0xa9fe/m',
  'http://metadata.google.internal/m',
  'http://[fd00:ec2::254]/m',
  'http://[fe80::1]/m',
  'gopher://127.0.0.1:PORT/m',
  'unix:/run/x.sock',
  'FiLe:///etc/passwd/../shadow',
  'file://%2e%2e/etc/passwd',
  '//host/share',
  'http://ok@127.0.0.1:PORT/m',
  'http://169.254.169.254#@127.0.0.1:PORT/m',
  'http://127.0.0.1:PORT\\@evil.example/m',
  'http://ехample.com/m',
  'javascript:alert(1)',
];
/** The operator's business, and refused under --strict-egress. */
const PRIVATE = [
  'http://127.0.0.1:PORT/m',
  'http://[::1]:PORT/m',
  'http://2130706433:PORT/m',
  'http://0x7f.1:PORT/m',
  'http://127.1:PORT/m',
  'http://localhost:PORT/m',
  'http://127.0.0.1.:PORT/m',
];

/** Each URL as a storageUri; `isStrict` where the platform runs with --strict-egress. */
export async function egressRows(walk: Walk, api: Api, isStrict: boolean): Promise<void> {
  let packets = 0;
  const listener = createServer((socket) => {
    packets++;
    socket.destroy();
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const { port } = listener.address() as { port: number };
  const urls = [...(isStrict ? PRIVATE : []), ...NEVER].map((url) => url.replace('PORT', String(port)));
  const told = new Map<string, string>();
  await Promise.all(
    urls.map(async (storageUri, index) => {
      const name = `egress-${index}`;
      const manifest = {
        apiVersion: 'serving.kserve.io/v1beta1',
        kind: 'InferenceService',
        metadata: { name },
        spec: { predictor: { model: { modelFormat: { name: 'sklearn' }, storageUri } } },
      };
      const refused = await api.apply(manifest).then(
        () => undefined,
        (error: Error) => error.message,
      );
      told.set(storageUri, refused ?? (await reasonOf(api, name)));
    }),
  );
  for (const url of urls) {
    const text = told.get(url) ?? '';
    const isRefused =
      /UrlNotAllowed|InvalidStorageUri|StorageNotSupported|not allowed|apply: 4\d\d|NotFound|not a/i.test(text);
    walk.row(`1.5 ${isStrict ? 'strict: ' : ''}${url}`, isRefused && !/^Ready/.test(text), text);
  }
  walk.row(`1.5 ${isStrict ? 'strict: ' : ''}no packet`, packets === 0, `${packets} connections`);
  listener.close();
  await Promise.all(
    urls.map((_, index) =>
      api.call('DELETE', `/apis/serving.kserve.io/v1beta1/namespaces/default/inferenceservices/egress-${index}`),
    ),
  );
}

/** What is said of a service that does not come: reasons and messages of its conditions. */
export async function reasonOf(api: Api, name: string, timeoutMs = 15_000): Promise<string> {
  for (const end = performance.now() + timeoutMs; performance.now() < end; await sleep(100)) {
    const { status } = await api.get(name);
    const failed = (status?.conditions ?? []).filter((one: Json) => one.status === 'False');
    const info = status?.modelStatus?.lastFailureInfo;
    if (info !== undefined) return JSON.stringify([info, failed]);
    if ((status?.conditions ?? []).some((one: Json) => one.type === 'Ready' && one.status === 'True')) return 'Ready';
  }
  return `nothing was said in ${timeoutMs / 1000} s: ${JSON.stringify((await api.get(name))?.status)}`;
}

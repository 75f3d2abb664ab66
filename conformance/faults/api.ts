/** The few calls of the platform's API that the fault scenarios need. */
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';

// biome-ignore lint/suspicious/noExplicitAny: objects of any shape
export type Json = any;

/** The API of a live platform. */
export interface Api {
  call(method: string, path: string, body?: unknown, contentType?: string): Promise<{ status: number; body: Json }>;
  /** A body as it is, of any kind. */
  raw(method: string, path: string, text: string, contentType: string): Promise<{ status: number; body: Json }>;
  /** Opens a watch; resolves when its first bytes are here, with how to break it off. */
  watch(path: string): Promise<() => void>;
  apply(manifest: Json): Promise<Json>;
  get(name: string): Promise<Json>;
  pods(service: string): Promise<Json[]>;
  /** Until the service is Ready at its generation. */
  ready(name: string, timeoutMs?: number): Promise<Json>;
  remove(name: string): Promise<void>;
}

const ISVCS = '/apis/serving.kserve.io/v1beta1/namespaces/default/inferenceservices';

/** A log is text, all else JSON. */
function read(text: string, type = ''): Json {
  return text === '' ? undefined : type.includes('json') ? JSON.parse(text) : text;
}

/** Reads a kubeconfig of Berth (it is JSON). */
export function connectApi(kubeconfig: string): Api {
  const target = () => {
    const config = JSON.parse(readFileSync(kubeconfig, 'utf8'));
    const { cluster } = config.clusters[0];
    return {
      server: new URL(cluster.server),
      ca: Buffer.from(cluster['certificate-authority-data'], 'base64'),
      token: config.users[0].user.token as string,
    };
  };
  const call: Api['call'] = (method, path, body, contentType = 'application/json') =>
    exchange(method, path, body === undefined ? undefined : Buffer.from(JSON.stringify(body)), contentType);
  const exchange = (method: string, path: string, bytes: Buffer | undefined, contentType: string) => {
    const { server, ca, token } = target();
    return new Promise<{ status: number; body: Json }>((resolve, reject) => {
      const sent = request(
        new URL(path, server),
        {
          method,
          ca,
          headers: {
            authorization: `Bearer ${token}`,
            ...(bytes === undefined ? {} : { 'content-type': contentType, 'content-length': bytes.length }),
          },
        },
        (response) => {
          let text = '';
          response.on('data', (chunk: Buffer) => {
            text += chunk;
          });
          response.on('end', () =>
            resolve({ status: response.statusCode ?? 0, body: read(text, response.headers['content-type']) }),
          );
        },
      );
      sent.on('error', reject);
      sent.end(bytes);
    });
  };
  /** The control part may be restarting. */
  const patiently = async (method: string, path: string, body?: unknown, contentType?: string) => {
    for (let tries = 0; ; tries++) {
      try {
        return await call(method, path, body, contentType);
      } catch (error) {
        if (tries > 100) throw error;
        await sleep(50);
      }
    }
  };
  const get = async (name: string) => (await patiently('GET', `${ISVCS}/${name}`)).body;
  return {
    call,
    raw: (method, path, text, contentType) => exchange(method, path, Buffer.from(text), contentType),
    watch(path) {
      const { server, ca, token } = target();
      return new Promise((resolve, reject) => {
        const sent = request(
          new URL(path, server),
          { ca, headers: { authorization: `Bearer ${token}` } },
          (response) => {
            response.once('data', () => resolve(() => void sent.destroy()));
            response.on('error', () => undefined);
          },
        );
        sent.on('error', reject);
        sent.end();
      });
    },
    get,
    async apply(manifest) {
      const path = `${ISVCS}/${manifest.metadata.name}?fieldManager=faults&force=true`;
      const { status, body } = await patiently('PATCH', path, manifest, 'application/apply-patch+yaml');
      if (status >= 300) throw new Error(`apply: ${status} ${body?.message}`);
      return body;
    },
    async pods(service) {
      const query = `labelSelector=${encodeURIComponent(`serving.kserve.io/inferenceservice=${service}`)}`;
      return (await patiently('GET', `/api/v1/namespaces/default/pods?${query}`)).body.items;
    },
    async ready(name, timeoutMs = 60_000) {
      for (const end = performance.now() + timeoutMs; performance.now() < end; await sleep(20)) {
        const object = await get(name);
        const ready = object?.status?.conditions?.find((one: Json) => one.type === 'Ready');
        if (object?.status?.observedGeneration === object?.metadata?.generation && ready?.status === 'True')
          return object;
      }
      throw new Error(`${name} is not ready: ${JSON.stringify((await get(name))?.status?.conditions)}`);
    },
    async remove(name) {
      await patiently('DELETE', `${ISVCS}/${name}`);
      for (const end = performance.now() + 20_000; performance.now() < end; await sleep(50)) {
        if ((await call('GET', `${ISVCS}/${name}`)).status === 404 && (await this.pods(name)).length === 0) return;
      }
      throw new Error(`${name} is still there`);
    },
  };
}

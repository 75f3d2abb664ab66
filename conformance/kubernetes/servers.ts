/** A real Kubernetes and Berth's API, asked in the same way. */
import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { parse } from 'yaml';

/** What a server answered; `body` is the JSON, or the text where it is none. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** Sends one request; `type` is the content type of the body. */
export type Ask = (method: string, path: string, body?: unknown, type?: string) => Promise<Answer>;

interface Kubeconfig {
  readonly clusters: readonly { readonly cluster: Readonly<Record<string, string>> }[];
  readonly users: readonly { readonly user: Readonly<Record<string, string>> }[];
}

/** The cluster of a kubeconfig with one cluster and one user, who has a client certificate in it. */
export function cluster(kubeconfig: string): Ask {
  const { clusters, users } = parse(readFileSync(kubeconfig, 'utf8')) as Kubeconfig;
  const [{ cluster: where } = { cluster: {} }] = clusters;
  const [{ user } = { user: {} }] = users;
  const bytes = (text: string | undefined) => Buffer.from(text ?? '', 'base64');
  const tls = {
    ca: bytes(where['certificate-authority-data']),
    cert: bytes(user['client-certificate-data']),
    key: bytes(user['client-key-data']),
  };
  return (method, path, body, type) => send(httpsRequest, new URL(path, where.server), method, body, type, {}, tls);
}

/** Berth's API on a loopback port. */
export function berth(port: number, token: string): Ask {
  const headers = { authorization: `Bearer ${token}` };
  return (method, path, body, type) =>
    send(httpRequest, new URL(path, `http://127.0.0.1:${port}`), method, body, type, headers, {});
}

function send(
  start: typeof httpsRequest | typeof httpRequest,
  url: URL,
  method: string,
  body: unknown,
  type = 'application/json',
  extra: Record<string, string>,
  tls: object,
): Promise<Answer> {
  const text = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
  const sent = text === undefined ? {} : { 'content-type': type, 'content-length': String(text.length) };
  const headers = { accept: 'application/json', 'user-agent': 'comparison/1', ...sent, ...extra };
  return new Promise((resolve, reject) => {
    const request = start(url, { method, headers, ...tls, timeout: 30_000 }, async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk as Buffer);
      const said = Buffer.concat(chunks).toString();
      resolve({ status: response.statusCode ?? 0, body: read(said) });
    });
    request.on('timeout', () => request.destroy(new Error('no answer in 30 s')));
    request.on('error', reject);
    request.end(text);
  });
}

function read(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

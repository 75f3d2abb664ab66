import { mkdtempSync, rmSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApiServer } from '../api-server/api-server.ts';
import { openAuditLog } from '../audit/audit-log.ts';
import { type Access, readOrMakeAccess } from '../credentials/access.ts';
import { openStore } from '../store/open-store.ts';
import type { ObjectStore } from '../store/store.ts';

/** An API over a store of its own, for tests. */
export interface TestApi {
  readonly folder: string;
  readonly port: number;
  readonly store: ObjectStore;
  readonly access: Access;
  /** What went wrong inside. */
  readonly errors: unknown[];
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<TestAnswer>;
  close(): Promise<void>;
}

export interface TestAnswer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: answers of any shape are looked into
  readonly body: any;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

export async function startTestApi(): Promise<TestApi> {
  const folder = mkdtempSync(join(tmpdir(), 'berth-api-'));
  const now = () => new Date();
  const errors: unknown[] = [];
  const onProblem = (message: string) => errors.push(message);
  const store = openStore({ folder, now, onProblem });
  const access = await readOrMakeAccess(folder, [], now());
  const audit = openAuditLog({ file: join(folder, 'audit.log'), now, onProblem });
  const server = await startApiServer(
    {
      store,
      now,
      version: '0',
      audit,
      logs: { read: async function* () {} },
      guard: { token: access.token, hosts: new Set() },
      onError: (error) => errors.push(error),
      identity: access.identity,
    },
    0,
    '127.0.0.1',
  );
  return {
    folder,
    port: server.port,
    store,
    access,
    errors,
    call: (method, path, body, headers) => send(server.port, access.token, method, path, body, headers),
    async close() {
      await server.close();
      audit.close();
      store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function send(
  port: number,
  token: string,
  method: string,
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<TestAnswer> {
  const text = body === undefined ? undefined : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const fixed = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const length = text === undefined ? {} : { 'content-length': String(text.length) };
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, method, path, headers: { ...fixed, ...length, ...headers } };
    const request = httpRequest(options, async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk as Buffer);
      const said = Buffer.concat(chunks).toString();
      resolve({ status: response.statusCode ?? 0, body: parsed(said), headers: response.headers });
    });
    request.on('error', reject);
    request.end(text);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

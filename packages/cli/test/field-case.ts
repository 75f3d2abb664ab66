import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { type IncomingHttpHeaders, request } from 'node:http';
import { join } from 'node:path';
import { type LiveServer, launch, runToEnd } from './live-server.ts';

const FIELD = join(import.meta.dirname, '..', 'fixtures', 'field');

/** An answer over HTTP. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: the tests know what they asked for.
  readonly json: any;
  readonly error: string;
}

/** One case of the collection of troubles people had: its files, with `${CASE}` filled in. */
export class FieldCase {
  readonly folder: string;

  constructor(number: string) {
    const name = readdirSync(FIELD).find((one) => one.startsWith(`${number}-`));
    if (name === undefined) throw new Error(`there is no field case ${number}`);
    this.folder = join(FIELD, name);
  }

  text(file: string): string {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the placeholder that the cases are written with.
    return readFileSync(join(this.folder, file), 'utf8').replaceAll('${CASE}', this.folder);
  }

  // biome-ignore lint/suspicious/noExplicitAny: the tests know what is in their files.
  json(file: string): any {
    return JSON.parse(this.text(file));
  }

  /** `berth run -f` of one of its files; resolves when every service has loaded or failed. */
  async run(file = 'isvc.yaml', args: readonly string[] = []): Promise<RunningCase> {
    return runYaml(this.text(file), args);
  }

  /** `berth run -f` of a file that is refused. */
  refused(file: string): ReturnType<typeof runToEnd> {
    return runToEnd({ args: ['run', '-f', '-', '--http-port', '0', '--grpc-port', '0'], input: this.text(file) });
  }
}

/** `berth run -f -` of a YAML text; resolves when every service has loaded or failed. */
export async function runYaml(yaml: string, args: readonly string[] = []): Promise<RunningCase> {
  const server = await launch({
    args: ['run', '-f', '-', '-o', 'json', ...args],
    input: yaml,
    until: (out) => out.endsWith('\n}\n') || out === '{}\n',
  });
  return new RunningCase(server);
}

/** The services of a case, running. */
export class RunningCase implements AsyncDisposable {
  readonly server: LiveServer;

  constructor(server: LiveServer) {
    this.server = server;
  }

  /** The InferenceService as it was printed once everything had started. */
  // biome-ignore lint/suspicious/noExplicitAny: a Kubernetes object.
  printed(name: string): any {
    const object = JSON.parse(this.server.out());
    const items = object.kind === 'List' ? object.items : [object];
    return items.find((one: { metadata: { name: string } }) => one.metadata.name === name);
  }

  /** The Ready condition of a service, asked from the API path now. */
  async ready(name: string): Promise<{ status: string; reason?: string; message?: string }> {
    const path = `/apis/serving.kserve.io/v1beta1/namespaces/default/inferenceservices/${name}`;
    const { json } = await this.get(path);
    return json.status.conditions.find((one: { type: string }) => one.type === 'Ready');
  }

  async assertReady(...names: string[]): Promise<void> {
    for (const name of names)
      assert.deepEqual((await this.ready(name)).status, 'True', `${name}: ${JSON.stringify(await this.ready(name))}`);
  }

  /** POST with the Host of the service's status.url. */
  post(
    name: string,
    path: string,
    body: string | object,
    headers: Record<string, string> = JSON_BODY,
  ): Promise<Answer> {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return this.#send('POST', path, text, { host: new URL(this.printed(name).status.url).host, ...headers });
  }

  /** GET, with the Host of a service where one is named. */
  get(path: string, name?: string): Promise<Answer> {
    const host = name === undefined ? {} : { host: new URL(this.printed(name).status.url).host };
    return this.#send('GET', path, undefined, host);
  }

  #send(method: string, path: string, body: string | undefined, headers: Record<string, string>): Promise<Answer> {
    return send(this.server.httpPort, method, path, body, headers);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
  }
}

/** The content type that most requests carry. */
export const JSON_BODY: Record<string, string> = { 'content-type': 'application/json' };

/** One request to a port of loopback. */
export function send(
  port: number,
  method: string,
  path: string,
  body: string | undefined,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const length: Record<string, string> =
      body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const outgoing = request(
      { host: '127.0.0.1', port, method, path, headers: { ...length, ...headers } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          let json: unknown;
          try {
            json = JSON.parse(text);
          } catch {
            json = undefined;
          }
          const error = (json as { error?: unknown } | undefined)?.error;
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text,
            json,
            error: typeof error === 'string' ? error : '',
          });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** Compares numbers, lists of them and texts; numbers within `tolerance` of the larger of 1 and their size. */
export function assertClose(actual: unknown, expected: unknown, tolerance: number): void {
  if (Array.isArray(expected)) {
    assert.ok(
      Array.isArray(actual) && actual.length === expected.length,
      `${JSON.stringify(actual)} is not ${JSON.stringify(expected)}`,
    );
    for (const [index, one] of expected.entries()) assertClose(actual[index], one, tolerance);
  } else if (typeof expected === 'number') {
    const bound = tolerance * Math.max(1, Math.abs(expected));
    assert.ok(
      Math.abs(Number(actual) - expected) <= bound,
      `${JSON.stringify(actual)} is not ${expected} within ${tolerance}`,
    );
  } else {
    assert.deepEqual(actual, expected);
  }
}

/** A constant stream of requests, each of which is recorded: what came back, when, and from which revision. */
import { Agent, request } from 'node:http';

/** One request and what became of it. */
export interface Probe {
  /** Milliseconds of the monotonic clock. */
  readonly start: number;
  readonly end: number;
  /** 0 where the connection failed. */
  readonly status: number;
  readonly revision: string;
  readonly body: string;
}

export interface ProberOptions {
  readonly port: number;
  readonly path: string;
  readonly body: string;
  /** Requests a second, spread over the clients. */
  readonly rate: number;
  readonly clients: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends requests until it is stopped; a client waits for its answer before it asks again. */
export class Prober {
  readonly probes: Probe[] = [];
  readonly #options: ProberOptions;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 256 });
  #isRunning = true;
  readonly #done: Promise<unknown>;

  constructor(options: ProberOptions) {
    this.#options = options;
    this.#done = Promise.all(Array.from({ length: options.clients }, (_, index) => this.#client(index)));
  }

  async stop(): Promise<readonly Probe[]> {
    this.#isRunning = false;
    await this.#done;
    this.#agent.destroy();
    return this.probes;
  }

  async #client(index: number): Promise<void> {
    const { rate, clients } = this.#options;
    const pause = (1000 * clients) / rate;
    let next = performance.now() + (pause * index) / clients;
    while (this.#isRunning) {
      const wait = next - performance.now();
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      next = Math.max(next + pause, performance.now() - pause);
      this.probes.push(await this.#ask());
    }
  }

  #ask(): Promise<Probe> {
    return ask(this.#options, this.#agent);
  }
}

/** One request. */
export function ask(options: Omit<ProberOptions, 'rate' | 'clients'>, agent?: Agent): Promise<Probe> {
  const start = performance.now();
  return new Promise((resolve) => {
    const fail = (error: Error) =>
      resolve({ start, end: performance.now(), status: 0, revision: '', body: error.message });
    const sent = request(
      {
        host: '127.0.0.1',
        port: options.port,
        path: options.path,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(options.body),
          ...options.headers,
        },
        ...(agent === undefined ? {} : { agent }),
        timeout: 60_000,
      },
      (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (text: string) => {
          body += text;
        });
        response.on('error', fail);
        response.on('end', () =>
          resolve({
            start,
            end: performance.now(),
            status: response.statusCode ?? 0,
            revision: String(response.headers['berth-revision'] ?? ''),
            body,
          }),
        );
      },
    );
    sent.on('timeout', () => sent.destroy(new Error('no answer within 60 s')));
    sent.on('error', fail);
    sent.end(options.body);
  });
}

/** Requests that were not answered with 200, by status and text. */
export function failures(probes: readonly Probe[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const { status, body } of probes) {
    if (status === 200) continue;
    const key = `${status} ${body.slice(0, 120)}`;
    found.set(key, (found.get(key) ?? 0) + 1);
  }
  return found;
}

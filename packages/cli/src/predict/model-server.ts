import type { ArgumentValues } from '../arguments/values.ts';
import { CommandError, EXIT } from '../terminal/exit-codes.ts';
import { type Io, printable } from '../terminal/io.ts';
import { findOnPlatform } from './platform-target.ts';

const DEFAULT_URL = 'http://127.0.0.1:8080';
const DEFAULT_TIMEOUT_MS = 60_000;

interface Answer {
  readonly status: number;
  readonly text: string;
}

interface Listed {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly status?: { readonly models?: readonly { readonly name: string }[] };
}

/** A model on a server: a platform here, a `berth serve` or `berth run`, or any server of v1 or v2. */
export class ModelServer {
  readonly #base: URL;
  readonly #values: ArgumentValues;
  #prefix: string;
  /** The name in the URL, which may differ from the service's. */
  #model: string;

  private constructor(base: URL, prefix: string, model: string, values: ArgumentValues) {
    this.#base = base;
    this.#prefix = prefix;
    this.#model = model;
    this.#values = values;
  }

  /**
   * Finds where a model is asked: `--url`, BERTH_URL, the platform here, or the default port. Without a name it is the
   * only model that the server has.
   * @throws CommandError
   */
  static async find(model: string | undefined, values: ArgumentValues, io: Io): Promise<ModelServer> {
    const service = values.text('service');
    const told = values.text('url', 'BERTH_URL');
    const wanted = service ?? model;
    if (told === undefined && wanted !== undefined) {
      const found = await findOnPlatform(wanted, values, io);
      if (found !== undefined) {
        const name = service === undefined ? found.model : (model ?? found.model);
        return new ModelServer(new URL(found.url), '', name, values);
      }
    }
    const base = urlOf(told ?? DEFAULT_URL);
    const server = new ModelServer(base, prefixOf(service), model ?? '', values);
    if (model === undefined) server.#model = await server.#onlyModel();
    return server;
  }

  get model(): string {
    return this.#model;
  }

  /** The model's v2 metadata as text; undefined where the server has none. */
  async metadata(): Promise<string | undefined> {
    const answer = await this.#ask(
      (prefix) => this.#url(prefix, `/v2/models/${encodeURIComponent(this.#model)}${this.#version()}`),
      'GET',
    );
    return answer.status === 200 ? answer.text : undefined;
  }

  /** The answer to a request. @throws CommandError where the server refuses it or does not answer */
  async predict(protocol: 'v1' | 'v2', body: string): Promise<string> {
    const route = (model: string) =>
      protocol === 'v1' ? `/v1/models/${model}:predict` : `/v2/models/${model}${this.#version()}/infer`;
    const where = (prefix: string) => this.#url(prefix, route(encodeURIComponent(this.#model)));
    const answer = await this.#ask(where, 'POST', body);
    if (answer.status >= 400) throw refusal(answer, this.#model, where(this.#prefix));
    return answer.text;
  }

  /** Asks; where the server knows no such model, it may be one of several services there. */
  async #ask(where: (prefix: string) => URL, method: 'GET' | 'POST', body?: string): Promise<Answer> {
    const answer = await this.#send(where(this.#prefix), method, body);
    if (answer.status !== 404 || this.#prefix !== '' || this.#values.text('service') !== undefined) return answer;
    const found = await this.#findService(this.#model);
    if (found === undefined) return answer;
    this.#prefix = found.prefix;
    this.#model = found.model;
    return this.#send(where(this.#prefix), method, body);
  }

  #url(prefix: string, path: string): URL {
    const url = new URL(this.#base);
    url.pathname = url.pathname.replace(/\/$/, '') + prefix + path;
    return url;
  }

  #version(): string {
    const version = this.#values.text('model-version');
    return version === undefined ? '' : `/versions/${encodeURIComponent(version)}`;
  }

  /** The service of `berth run` that is called so, or serves a model called so, where the server has several. */
  async #findService(name: string): Promise<{ prefix: string; model: string } | undefined> {
    const list = this.#url('', '/apis/serving.kserve.io/v1beta1/inferenceservices');
    const answer = await this.#send(list, 'GET').catch(() => undefined);
    if (answer?.status !== 200) return undefined;
    let items: readonly Listed[];
    try {
      items = (JSON.parse(answer.text) as { items?: Listed[] }).items ?? [];
    } catch {
      return undefined;
    }
    const byName = items.find((one) => one.metadata.name === name);
    const service = byName ?? items.find((one) => one.status?.models?.some((model) => model.name === name));
    if (service === undefined) return undefined;
    const names = (service.status?.models ?? []).map((model) => model.name);
    const prefix = prefixOf(`${service.metadata.namespace}/${service.metadata.name}`);
    return { prefix, model: names.length === 1 && !names.includes(name) ? (names[0] as string) : name };
  }

  async #onlyModel(): Promise<string> {
    const answer = await this.#send(this.#url(this.#prefix, '/v2/repository/index'), 'POST', '{}');
    const names = new Set(namesIn(answer));
    const [only] = names;
    if (names.size === 1 && only !== undefined) return only;
    const hint = names.size === 0 ? 'berth predict iris rows.csv' : `it has: ${[...names].slice(0, 10).join(', ')}`;
    throw new CommandError('name the model to ask', { exitCode: EXIT.usage, hint });
  }

  async #send(url: URL, method: 'GET' | 'POST', body?: string): Promise<Answer> {
    const key = this.#values.text('api-key', 'BERTH_API_KEY');
    try {
      const response = await fetch(url, {
        method,
        headers: {
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        },
        ...(body === undefined ? {} : { body }),
        signal: AbortSignal.timeout(this.#values.duration('timeout') ?? DEFAULT_TIMEOUT_MS),
      });
      return { status: response.status, text: await response.text() };
    } catch (thrown) {
      throw unreachable(thrown, url);
    }
  }
}

function namesIn({ status, text }: Answer): string[] {
  if (status !== 200) return [];
  try {
    const list = JSON.parse(text) as { name?: unknown }[];
    return Array.isArray(list) ? list.map((one) => one?.name).filter((name) => typeof name === 'string') : [];
  } catch {
    return [];
  }
}

function urlOf(written: string): URL {
  try {
    return new URL(/^[a-z]+:\/\//i.test(written) ? written : `http://${written}`);
  } catch {
    throw new CommandError(`--url ${written} is no URL`, { code: 'InvalidOption' });
  }
}

/** `[namespace/]name` as the path that picks the service. */
function prefixOf(service: string | undefined): string {
  if (service === undefined) return '';
  const [namespace, name] = service.includes('/') ? service.split('/', 2) : ['default', service];
  return `/serving/${encodeURIComponent(namespace ?? '')}/${encodeURIComponent(name ?? '')}`;
}

function unreachable(thrown: unknown, url: URL): CommandError {
  const cause = (thrown as { cause?: NodeJS.ErrnoException }).cause;
  const code = 'ServerUnreachable';
  if (cause?.code === 'ECONNREFUSED') {
    return new CommandError(`nothing listens at ${url.origin}`, {
      code,
      hint: 'start a server first: berth serve <model>',
    });
  }
  if (thrown instanceof Error && thrown.name === 'TimeoutError') {
    return new CommandError(`${url.origin} gave no answer in time`, { code, hint: '--timeout gives it longer' });
  }
  if (cause?.code === 'ENOTFOUND' || cause?.code === 'EAI_AGAIN') {
    return new CommandError(`the name ${url.hostname} does not resolve`, { code, hint: 'check --url (or BERTH_URL)' });
  }
  return new CommandError(`${url.origin} can not be asked: ${cause?.message ?? String(thrown)}`, {
    code,
    hint: 'check --url (or BERTH_URL), e.g. http://127.0.0.1:8080',
  });
}

function refusal(answer: Answer, model: string, url: URL): CommandError {
  let message = answer.text.slice(0, 2000);
  try {
    const parsed = JSON.parse(answer.text) as { error?: unknown };
    if (typeof parsed.error === 'string') message = parsed.error;
  } catch {
    // Not JSON: shown as it came.
  }
  const exitCode = answer.status === 404 ? EXIT.notFound : EXIT.failure;
  const text = message === '' ? `${url.pathname} answers ${answer.status}` : `${printable(message)} (${answer.status})`;
  return new CommandError(`${model}: ${text}`, { code: 'RequestRefused', exitCode });
}

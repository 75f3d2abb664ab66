import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type OptionSpecs, parseArguments, refuseUnknown } from '../arguments/parse.ts';
import { ArgumentValues } from '../arguments/values.ts';
import type { Command } from '../main.ts';
import { formatAnswer } from '../predict/format-answer.ts';
import { findOnPlatform } from '../predict/platform-target.ts';
import { protocolOf } from '../predict/request-body.ts';
import { SESSION_OPTIONS } from '../resources/session.ts';
import { CommandError, EXIT } from '../terminal/exit-codes.ts';
import { helpText } from '../terminal/help-text.ts';
import { type Io, printable } from '../terminal/io.ts';

const OPTIONS: OptionSpecs = {
  file: {
    type: 'string',
    short: 'f',
    aliases: ['filename'],
    value: 'FILE',
    help: 'JSON request, v1 or v2; - for standard input',
  },
  url: {
    type: 'string',
    value: 'URL',
    help: 'server, or a service under it; default the platform here, else http://127.0.0.1:8080 (env BERTH_URL)',
  },
  service: { type: 'string', value: '[NAMESPACE/]NAME', help: 'InferenceService to ask; default the only one' },
  'model-version': { type: 'string', value: 'VERSION', help: 'version of the model' },
  protocol: { type: 'string', value: 'v1|v2', help: 'default by the shape of the body' },
  output: { type: 'string', short: 'o', value: 'json|yaml|table', help: 'default json' },
  'api-key': { type: 'string', value: 'KEY', help: 'bearer key (env BERTH_API_KEY)' },
  timeout: { type: 'string', value: 'TIME', help: 'default 60s' },
  ...SESSION_OPTIONS,
};
const OUTPUTS = ['json', 'yaml', 'table'];

export const command: Command = {
  help: helpText(
    'berth predict <model> -f request.json [options]',
    'Sends a request to a served model and prints the answer.',
    OPTIONS,
  ),
  async run(args, io) {
    const parsed = parseArguments(args, OPTIONS);
    await refuseUnknown(parsed, OPTIONS);
    const values = new ArgumentValues(parsed, io.env);
    const [model] = parsed.positionals;
    const file = values.text('file') ?? parsed.positionals[1];
    if (model === undefined || file === undefined) {
      const hint = 'berth predict iris -f request.json';
      throw new CommandError('name a model and a file with the request', { exitCode: EXIT.usage, hint });
    }
    const output = values.text('output') ?? 'json';
    if (!OUTPUTS.includes(output)) {
      throw new CommandError(`-o ${output} is not offered; ${OUTPUTS.join(', ')} are`, { code: 'InvalidOption' });
    }
    const body = await readBody(file, io);
    const protocol = protocolOf(body, values.text('protocol'));
    const isTold = values.text('url', 'BERTH_URL') !== undefined;
    const onPlatform = isTold ? undefined : await findOnPlatform(values.text('service') ?? model, values, io);
    let url =
      onPlatform === undefined
        ? requestUrl(model, protocol, values)
        : requestUrl(
            values.text('service') === undefined ? onPlatform.model : model,
            protocol,
            values,
            '',
            onPlatform.url,
          );
    let answer = await post(url, body, values);
    if (onPlatform === undefined && answer.status === 404 && values.text('service') === undefined) {
      const found = await findService(model, url, values);
      if (found !== undefined) {
        url = requestUrl(found.model, protocol, values, found.prefix);
        answer = await post(url, body, values);
      }
    }
    if (answer.status >= 400) throw refusal(answer, model, url);
    io.out(await formatAnswer(answer.text, output));
    return EXIT.ok;
  },
};

async function readBody(file: string, io: Io): Promise<string> {
  if (file === '-') return io.readInput();
  return readFile(resolve(io.cwd, file), 'utf8').catch((thrown: NodeJS.ErrnoException) => {
    const why = thrown.code === 'ENOENT' ? `there is no file ${file}` : `${file} can not be read (${thrown.code})`;
    throw new CommandError(why, { code: 'FileNotFound' });
  });
}

function requestUrl(
  model: string,
  protocol: 'v1' | 'v2',
  values: ArgumentValues,
  servicePrefix?: string,
  serviceUrl?: string,
): URL {
  const written = serviceUrl ?? values.text('url', 'BERTH_URL') ?? 'http://127.0.0.1:8080';
  let base: URL;
  try {
    base = new URL(/^[a-z]+:\/\//i.test(written) ? written : `http://${written}`);
  } catch {
    throw new CommandError(`--url ${written} is no URL`, { code: 'InvalidOption' });
  }
  const service = values.text('service');
  const [namespace, name] = service?.includes('/') === true ? service.split('/', 2) : ['default', service];
  const own = name === undefined ? '' : `/serving/${encodeURIComponent(namespace ?? '')}/${encodeURIComponent(name)}`;
  const prefix = servicePrefix ?? own;
  const version = values.text('model-version');
  const encoded = encodeURIComponent(model);
  const route =
    protocol === 'v1'
      ? `/v1/models/${encoded}:predict`
      : `/v2/models/${encoded}${version === undefined ? '' : `/versions/${encodeURIComponent(version)}`}/infer`;
  base.pathname = base.pathname.replace(/\/$/, '') + prefix + route;
  return base;
}

/** The service of `berth run` that is called so, or serves a model called so, where the server has several. */
async function findService(
  name: string,
  asked: URL,
  values: ArgumentValues,
): Promise<{ prefix: string; model: string } | undefined> {
  const key = values.text('api-key', 'BERTH_API_KEY');
  const list = new URL('/apis/serving.kserve.io/v1beta1/inferenceservices', asked);
  const response = await fetch(list, {
    headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
    signal: AbortSignal.timeout(5_000),
  }).catch(() => undefined);
  if (response?.ok !== true) return undefined;
  const { items } = (await response.json().catch(() => ({}))) as { items?: ListedService[] };
  const byName = items?.find((one) => one.metadata.name === name);
  const service = byName ?? items?.find((one) => one.status?.models?.some((model) => model.name === name));
  if (service === undefined) return undefined;
  const { metadata, status } = service;
  const names = (status?.models ?? []).map((model) => model.name);
  const prefix = `/serving/${encodeURIComponent(metadata.namespace)}/${encodeURIComponent(metadata.name)}`;
  return { prefix, model: names.length === 1 && !names.includes(name) ? (names[0] as string) : name };
}

interface ListedService {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly status?: { readonly models?: readonly { readonly name: string }[] };
}

async function post(url: URL, body: string, values: ArgumentValues): Promise<{ status: number; text: string }> {
  const key = values.text('api-key', 'BERTH_API_KEY');
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(key === undefined ? {} : { authorization: `Bearer ${key}` }) },
      body,
      signal: AbortSignal.timeout(values.duration('timeout') ?? 60_000),
    });
    return { status: response.status, text: await response.text() };
  } catch (thrown) {
    const cause = (thrown as { cause?: NodeJS.ErrnoException }).cause;
    if (cause?.code === 'ECONNREFUSED') {
      throw new CommandError(`nothing listens at ${url.origin}`, {
        code: 'ServerUnreachable',
        hint: 'start a server first: berth serve <model>',
      });
    }
    if (thrown instanceof Error && thrown.name === 'TimeoutError')
      throw new CommandError(`${url.origin} gave no answer in time`, { code: 'ServerUnreachable' });
    throw new CommandError(`${url.origin} can not be asked: ${cause?.message ?? String(thrown)}`, {
      code: 'ServerUnreachable',
    });
  }
}

function refusal(answer: { status: number; text: string }, model: string, url: URL): CommandError {
  let message = answer.text.slice(0, 2000);
  try {
    const parsed = JSON.parse(answer.text) as { error?: unknown };
    if (typeof parsed.error === 'string') message = parsed.error;
  } catch {
    // Not JSON: shown as it came.
  }
  const exitCode = answer.status === 404 ? EXIT.notFound : EXIT.failure;
  const code = 'RequestRefused';
  const text = message === '' ? `${url.pathname} answers ${answer.status}` : `${printable(message)} (${answer.status})`;
  return new CommandError(`${model}: ${text}`, { code, exitCode });
}

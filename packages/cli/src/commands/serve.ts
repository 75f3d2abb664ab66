import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Flavour } from '@berth/formats';
import { hasParentPipe, onParentGone } from '../app/parent-pipe.ts';
import type { AppReport } from '../app/reports.ts';
import type { ServeConfig } from '../app/serve-app.ts';
import { CACHE_OPTION, cacheFolder } from '../arguments/cache-folder.ts';
import { type OptionSpecs, type ParsedArguments, parseArguments, refuseUnknown } from '../arguments/parse.ts';
import { logSettings, SERVER_OPTIONS, serverOptions } from '../arguments/server-options.ts';
import { ArgumentValues } from '../arguments/values.ts';
import type { Command } from '../main.ts';
import { inputPath } from '../paths/input-path.ts';
import { CommandError, EXIT } from '../terminal/exit-codes.ts';
import { helpText } from '../terminal/help-text.ts';
import { type Io, printable } from '../terminal/io.ts';
import { ReportPrinter } from '../terminal/report-printer.ts';

const FLAVOURS: readonly string[] = ['kserve', 'mlserver', 'triton'];

/** Arguments of KServe's, MLServer's and Triton's servers that have no effect here and need no warning. */
const ACCEPTED: OptionSpecs = Object.fromEntries(
  [
    'enable-docs-url',
    'max-threads',
    'max-asyncio-workers',
    'enable-latency-logging',
    'configure-logging',
    'log-config-file',
    'access-log-format',
    'event-loop',
    'timeout-keep-alive',
    'grpc-max-send-message-length',
    'grpc-max-receive-message-length',
    'model-control-mode',
    'allow-grpc',
    'allow-http',
    'strict-model-config',
    'log-verbose',
  ].map((name) => [name, { type: 'string' }]),
);

const OPTIONS: OptionSpecs = {
  name: {
    type: 'string',
    aliases: ['model_name'],
    value: 'NAME',
    help: "the model's name; default its file's or folder's",
  },
  'model-dir': { type: 'string', aliases: ['model_dir', 'model-store', 'model-repository'], value: 'PATH' },
  format: {
    type: 'string',
    aliases: ['framework'],
    value: 'FORMAT',
    help: 'sklearn, xgboost, lightgbm or onnx; default by content',
  },
  flavour: { type: 'string', value: 'FLAVOUR', help: 'answer as kserve, mlserver or triton do; default by layout' },
  nthread: { type: 'string', aliases: ['threads'], value: 'N', help: 'threads that an engine may use for a request' },
  'predict-proba': { type: 'boolean', help: "answer a classifier's probabilities (env PREDICT_PROBA)" },
  replica: { type: 'boolean' },
  watch: { type: 'boolean', help: 'load again what changes on disk; what does not load leaves the old one serving' },
  'multi-model': { type: 'boolean', help: 'models come and go in sub-folders: by a catalog beside them, or by name' },
  ...CACHE_OPTION,
  ...SERVER_OPTIONS,
  ...ACCEPTED,
};

export const command: Command = {
  help: helpText(
    'berth serve <file or folder> [options]',
    "Serves a model file, or every sub-folder that holds a model, over v1, v2 and gRPC.\nTakes the arguments and environment of KServe's and MLServer's servers too.",
    OPTIONS,
  ),
  async run(args, io) {
    const parsed = parseArguments(args, OPTIONS);
    for (const option of parsed.unknown) io.err(`warning: nothing reads the argument ${printable(option)}\n`);
    const values = new ArgumentValues(parsed, io.env);
    const path = await pathWord(parsed);
    const config = serveConfig(values, path, io);
    // A wrong path is told at once, before anything listens.
    const shown = path ?? values.text('model-dir');
    if (!/^https?:/.test(config.root) && config.replica !== true) {
      if (!config.root.startsWith('file://')) await inputPath(shown ?? config.root, io.cwd, 'file or folder');
      const { fetchModel } = await import('@berth/storage');
      await fetchModel(config.root, { cacheFolder: config.cacheFolder });
    }
    refuseWatch(config, values);
    if (config.replica !== true) await refuseNames(config);
    const settings = await folderSettings(config.root, io);
    const { startServer } = await import('@berth/server');
    const printer = new ReportPrinter(io);
    const server = await startServer({
      ...settings,
      ...serverOptions(values),
      env: io.env,
      app: { module: new URL('../app/serve-app.ts', import.meta.url).href, config },
      onReport: (report, worker) => printer.print(report as AppReport, worker),
      onNotice: (message) => io.err(`${message}\n`),
    });
    io.err(`listening on ${server.urls.join(', ')}\n`);
    const socket = values.text('socket');
    const target = socket === undefined ? { port: server.httpPort } : { socket: resolve(io.cwd, socket) };
    const needsKey = values.text('api-key-file', 'BERTH_API_KEY_FILE') !== undefined;
    void server.ready.then(
      () => printer.tryIt(target, needsKey),
      () => undefined,
    );
    if (config.replica === true && hasParentPipe()) onParentGone(process.stdin, () => process.exit(EXIT.failure));
    return server.ended;
  },
};

function serveConfig(values: ArgumentValues, path: string | undefined, io: Io): ServeConfig {
  const root = path ?? values.text('model-dir', 'MLSERVER_MODELS_DIR', 'MLSERVER_MODEL_URI');
  if (root === undefined) {
    throw new CommandError('name a model file or a folder of models', {
      exitCode: EXIT.usage,
      hint: 'berth serve ./model.joblib --name iris',
    });
  }
  const name = values.text('name', 'MLSERVER_MODEL_NAME');
  const format = values.text('format');
  const flavour = values.text('flavour', 'BERTH_FLAVOUR');
  if (flavour !== undefined && !FLAVOURS.includes(flavour)) {
    throw new CommandError(`there is no flavour "${flavour}"`, {
      code: 'InvalidOption',
      hint: `one of ${FLAVOURS.join(', ')}`,
    });
  }
  const chosen = flavour ?? (io.env.MLSERVER_HTTP_PORT === undefined ? undefined : 'mlserver');
  const environment = new Map<string, string>();
  for (const [variable, value] of Object.entries(io.env)) {
    if (variable.startsWith('MLSERVER_') && value !== undefined) environment.set(variable, value);
  }
  const loads = values.flag('load-models-at-startup', 'MLSERVER_LOAD_MODELS_AT_STARTUP') ?? true;
  return {
    root: /^(https?|file):\/\//.test(root) ? root : resolve(io.cwd, root),
    cacheFolder: cacheFolder(values, io),
    ...(name === undefined ? {} : { name }),
    ...(format === undefined ? {} : { format }),
    ...(chosen === undefined ? {} : { flavour: chosen as Flavour }),
    predictProba: values.flag('predict-proba', 'PREDICT_PROBA') ?? false,
    threads: values.integer('nthread', { min: 1, max: 1024 }) ?? 1,
    environment,
    loadAtStartup: loads,
    replica: values.flag('replica') ?? false,
    multiModel: values.flag('multi-model') ?? false,
    watch: values.flag('watch') ?? false,
    logs: logSettings(values),
  };
}

/** A name or a format that no model can have is told at once, before anything listens. @throws CommandError InvalidOption */
async function refuseNames({ name, format }: ServeConfig): Promise<void> {
  if (name === undefined && format === undefined) return;
  const { FORMAT_NAMES, isModelName } = await import('@berth/formats');
  if (name !== undefined && !isModelName(name)) {
    throw new CommandError(`"${name.slice(0, 100)}" can not be a model's name: letters, digits, - _ . only`, {
      code: 'InvalidOption',
      hint: '--name iris',
    });
  }
  const known: readonly string[] = [...FORMAT_NAMES, 'triton'];
  if (format === undefined || known.includes(format)) return;
  const { nearest } = await import('@berth/api');
  const close = nearest(format, known);
  throw new CommandError(`the model format "${format.slice(0, 100)}" is not served`, {
    code: 'InvalidOption',
    hint: close === undefined ? `served are ${[...known].sort().join(', ')}` : `did you mean ${close}?`,
  });
}

/** @throws CommandError where watching makes no sense */
function refuseWatch(config: ServeConfig, values: ArgumentValues): void {
  if (config.watch !== true) return;
  const code = 'InvalidOption';
  if (/^https?:/.test(config.root)) throw new CommandError('--watch looks at local files, not at URLs', { code });
  if ((values.integer('workers', { min: 1, max: 256 }, 'BERTH_WORKERS') ?? 1) > 1) {
    throw new CommandError('--watch goes with one worker', { code, hint: 'leave --workers out while you try things' });
  }
}

/** A container's args may start with the peer's own command: `tritonserver --model-store=…`, `mlserver start …`. */
async function pathWord(parsed: ParsedArguments): Promise<string | undefined> {
  const { positionals } = parsed;
  const [first, second] = positionals;
  const skipped = first === 'tritonserver' ? 1 : first === 'mlserver' ? (second === 'start' ? 2 : 1) : 0;
  const words = positionals.slice(skipped);
  if (words.length > 1) {
    // The value of an option that nothing knows is one of them.
    await refuseUnknown(parsed, OPTIONS);
    throw new CommandError(`one path at a time, not ${words.length}: ${words.slice(0, 3).join(' ')}`, {
      exitCode: EXIT.usage,
      hint: 'put the models into one folder',
    });
  }
  return words[0];
}

/** MLServer's `settings.json` beside the models gives ports and host; the command line goes before it. */
async function folderSettings(root: string, io: Io): Promise<{ httpPort?: number; grpcPort?: number }> {
  const isThere = await readFile(resolve(root, 'settings.json')).then(
    () => true,
    () => false,
  );
  if (!isThere) return {};
  const { readServerSettings } = await import('@berth/formats');
  const settings = await readServerSettings(root);
  if (settings === undefined) return {};
  for (const key of settings.ignored) io.err(`warning: settings.json: nothing reads "${key}"\n`);
  const { host, httpPort, grpcPort } = settings;
  // A file beside the models does not decide who may reach the server.
  if (host !== undefined) io.err('warning: settings.json: "host" is not taken from a model folder; use --host\n');
  return {
    ...(httpPort === undefined ? {} : { httpPort }),
    ...(grpcPort === undefined ? {} : { grpcPort }),
  };
}

import { resolve } from 'node:path';
import { addAddresses, type InferenceService, type InferenceServiceStatus } from '@berth/api';
import type { AppReport } from '../app/reports.ts';
import type { RunConfig } from '../app/run-app.ts';
import { CACHE_OPTION, cacheFolder } from '../arguments/cache-folder.ts';
import { type OptionSpecs, parseArguments, refuseUnknown } from '../arguments/parse.ts';
import { logSettings, SERVER_OPTIONS, serverOptions } from '../arguments/server-options.ts';
import { ArgumentValues } from '../arguments/values.ts';
import type { Command } from '../main.ts';
import { namedPaths } from '../manifests/named-paths.ts';
import { planManifests } from '../manifests/plan-manifests.ts';
import { readManifests } from '../manifests/read-manifests.ts';
import { CommandError, EXIT } from '../terminal/exit-codes.ts';
import { helpText } from '../terminal/help-text.ts';
import { type Io, printable } from '../terminal/io.ts';
import { printIssues } from '../terminal/print-issues.ts';
import { ReportPrinter } from '../terminal/report-printer.ts';
import type { ManifestSource } from '../watch/watch-manifests.ts';

const OPTIONS: OptionSpecs = {
  file: {
    type: 'string',
    short: 'f',
    aliases: ['filename'],
    value: 'FILE',
    help: 'YAML file, folder of them, or - for standard input',
  },
  output: {
    type: 'string',
    short: 'o',
    value: 'json|yaml',
    help: 'print the services with their status once they have started',
  },
  namespace: { type: 'string', short: 'n', value: 'NAME', help: 'namespace of what names none; default "default"' },
  strict: { type: 'boolean', help: 'what nothing reads is an error' },
  verbose: { type: 'boolean', help: 'say why each runtime was chosen, and what is read but not used' },
  'dry-run': { type: 'boolean', help: 'check and plan, print what would be served, start nothing' },
  watch: {
    type: 'boolean',
    help: 'take changes of the YAML and of local models; what fails leaves the old one serving',
  },
  'strict-egress': { type: 'boolean', help: 'download from public addresses only' },
  ...CACHE_OPTION,
  ...SERVER_OPTIONS,
};

type StatusObject = InferenceService & { status: InferenceServiceStatus };

export const command: Command = {
  help: helpText(
    'berth run -f <file, folder or -> [options]',
    'Serves every InferenceService of a YAML file in this process, in the foreground.',
    OPTIONS,
  ),
  async run(args, io) {
    const parsed = parseArguments(args, OPTIONS);
    await refuseUnknown(parsed, OPTIONS);
    const values = new ArgumentValues(parsed, io.env);
    const paths = namedPaths(parsed, 'a YAML file', 'berth run -f inferenceservice.yaml');
    const output = values.choice('output', ['json', 'yaml']);
    const verbose = values.flag('verbose') ?? false;
    const namespace = values.text('namespace');
    const manifests = await readManifests(paths, io, {
      strict: values.flag('strict') ?? false,
      ...(namespace === undefined ? {} : { namespace }),
    });
    printIssues(manifests.issues, manifests.sources, io, { verbose });
    if (manifests.issues.some((issue) => issue.severity === 'error')) return EXIT.invalidYaml;
    const services = planManifests(manifests, io.cwd);
    if (services.length === 0) {
      throw new CommandError(`there is no InferenceService in ${paths.join(', ')}`, { code: 'NothingToServe' });
    }
    for (const { plan } of services) {
      for (const warning of plan.warnings) io.err(`warning: ${plan.name}: ${printable(warning)}\n`);
      if (verbose && plan.explanation !== '') io.err(`${plan.name}: ${printable(plan.explanation)}\n`);
      if (verbose) for (const one of plan.rejected) io.err(`  rejected ${one.runtime}: ${printable(one.reason)}\n`);
    }
    if (values.flag('dry-run') === true) {
      const shown = services.map(({ plan }) => ({
        ...plan,
        serving: plan.serving && { ...plan.serving, env: Object.fromEntries(plan.serving.env) },
      }));
      io.out(`${JSON.stringify(shown.length === 1 ? shown[0] : shown, null, 2)}\n`);
      return services.some(({ plan }) => plan.failure !== undefined) ? EXIT.failure : EXIT.ok;
    }
    const source = values.flag('watch') === true ? watched(paths, values, io) : undefined;
    return serve(services, values, output, io, source);
  },
};

/** @throws CommandError where watching makes no sense */
function watched(paths: readonly string[], values: ArgumentValues, io: Io): ManifestSource {
  const code = 'InvalidOption';
  if (paths.includes('-')) throw new CommandError('--watch looks at files, not at standard input', { code });
  if ((values.integer('workers', { min: 1, max: 256 }, 'BERTH_WORKERS') ?? 1) > 1) {
    throw new CommandError('--watch goes with one worker', { code, hint: 'leave --workers out while you try things' });
  }
  const namespace = values.text('namespace');
  const strict = values.flag('strict') ?? false;
  return { paths, cwd: io.cwd, strict, ...(namespace === undefined ? {} : { namespace }) };
}

async function serve(
  services: RunConfig['services'],
  values: ArgumentValues,
  output: 'json' | 'yaml' | undefined,
  io: Io,
  watch: ManifestSource | undefined,
): Promise<number> {
  const { startServer } = await import('@berth/server');
  const options = serverOptions(values);
  const config: RunConfig = {
    services,
    strictEgress: values.flag('strict-egress') ?? false,
    logs: logSettings(values),
    ...(watch === undefined ? {} : { watch }),
    cacheFolder: cacheFolder(values, io),
    ...(options.grpcPort === false || options.grpcPort === 0 ? {} : { grpcPort: options.grpcPort ?? 8081 }),
  };
  const printer = new ReportPrinter(io);
  const statuses = new Map<string, StatusObject>();
  const server = await startServer({
    ...options,
    env: io.env,
    app: { module: new URL('../app/run-app.ts', import.meta.url).href, config },
    onReport: (message, worker) => {
      const report = message as AppReport;
      printer.print(report, worker);
      if (report.kind !== 'status') return;
      const { metadata } = report.service;
      statuses.set(`${metadata.namespace}/${metadata.name}`, report.service);
    },
    onNotice: (message) => io.err(`${message}\n`),
  });
  io.err(`listening on ${server.urls.join(', ')}\n`);
  const socket = values.text('socket');
  const target = socket === undefined ? { port: server.httpPort } : { socket: resolve(io.cwd, socket) };
  const needsKey = values.text('api-key-file', 'BERTH_API_KEY_FILE') !== undefined;
  void server.ready.then(
    async () => {
      if (output === undefined) {
        announce(services, server.httpPort, io);
        printer.tryIt(target, needsKey);
        return;
      }
      const http = `127.0.0.1:${server.httpPort}`;
      for (const { plan } of services) {
        const object = statuses.get(`${plan.namespace}/${plan.name}`);
        if (object === undefined || plan.stopped) continue;
        addAddresses(object.status, plan, http, server.grpcPort === undefined ? http : `127.0.0.1:${server.grpcPort}`);
      }
      io.out(await asText([...statuses.values()], output));
    },
    () => undefined,
  );
  return server.ended;
}

/** Where each service is reached, for the person who started them. */
function announce(services: RunConfig['services'], port: number, io: Io): void {
  const isOnly = services.length === 1;
  for (const { plan } of services) {
    if (plan.failure !== undefined || plan.stopped) continue;
    const name = plan.serving?.modelName ?? '<model>';
    const route = plan.serving?.protocol === 'v1' ? `v1/models/${name}:predict` : `v2/models/${name}/infer`;
    io.err(`${plan.name}: POST http://127.0.0.1:${port}${isOnly ? '' : plan.pathPrefix}/${route}\n`);
  }
}

async function asText(objects: readonly StatusObject[], output: 'json' | 'yaml'): Promise<string> {
  const [only] = objects;
  const value =
    objects.length === 1 && only !== undefined
      ? only
      : { apiVersion: 'v1', kind: 'List', metadata: {}, items: objects };
  if (output === 'json') return `${JSON.stringify(value, null, 2)}\n`;
  const { toYaml } = await import('@berth/api');
  return toYaml(value);
}

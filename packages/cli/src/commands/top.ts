import { setTimeout as sleep } from 'node:timers/promises';
import { type OptionSpecs, parseArguments, refuseUnknown } from '../arguments/parse.ts';
import { ArgumentValues } from '../arguments/values.ts';
import type { Command } from '../main.ts';
import { alignColumns } from '../resources/print-table.ts';
import { openSession, SESSION_OPTIONS } from '../resources/session.ts';
import { CommandError, EXIT } from '../terminal/exit-codes.ts';
import { helpText } from '../terminal/help-text.ts';
import { printable } from '../terminal/io.ts';

const OPTIONS: OptionSpecs = {
  watch: { type: 'boolean', short: 'w', help: 'again every two seconds' },
  output: { type: 'string', short: 'o', value: 'json', help: 'default a table' },
  'all-namespaces': { type: 'boolean', short: 'A', help: 'in every namespace' },
  ...SESSION_OPTIONS,
};
const INTERVAL_MS = 2_000;
/** The platform's own route: what each service does and uses now. */
const USAGE_PATH = '/apis/berth.dev/v1/usage';

/** What one service does now. */
interface ServiceUsage {
  readonly namespace: string;
  readonly name: string;
  readonly ready: string;
  readonly replicas: number;
  readonly requestsPerSecond: number;
  readonly running: number;
  readonly waiting: number;
  readonly cpuCores: number;
  readonly memoryBytes: number;
}

export const command: Command = {
  help: helpText(
    'berth top [<service> …] [options]',
    'Shows what each service, or those that are named, do and use now.',
    OPTIONS,
  ),
  async run(args, io) {
    const parsed = parseArguments(args, OPTIONS);
    await refuseUnknown(parsed, OPTIONS);
    const values = new ArgumentValues(parsed, io.env);
    const output = values.choice('output', ['json']);
    const session = await openSession(values, io);
    const isAll = values.flag('all-namespaces') ?? false;
    const names = parsed.positionals.map((word) => word.replace(/^(isvc|inferenceservices?)\//, ''));
    for (;;) {
      const { body } = await session.client.call('GET', USAGE_PATH);
      const inPlace = ((body as { services?: ServiceUsage[] }).services ?? []).filter(
        (one) => isAll || one.namespace === session.namespace,
      );
      const services = names.length === 0 ? inPlace : await named(names, inPlace);
      io.out(output === 'json' ? `${JSON.stringify({ services }, null, 2)}\n` : table(services, isAll));
      if (values.flag('watch') !== true) return EXIT.ok;
      await sleep(INTERVAL_MS);
    }
  },
};

/** The services of these names. @throws CommandError for one that is not there, with one of a near name */
async function named(names: readonly string[], services: readonly ServiceUsage[]): Promise<ServiceUsage[]> {
  const known = services.map(({ name }) => name);
  const missing = names.find((name) => !known.includes(name));
  if (missing === undefined) return services.filter(({ name }) => names.includes(name));
  const { nearest } = await import('@berth/api');
  const close = nearest(missing, known);
  throw new CommandError(`there is no service "${missing.slice(0, 100)}"`, {
    code: 'ResourceNotFound',
    hint: close === undefined ? 'berth top -A shows the services of every namespace' : `did you mean ${close}?`,
  });
}

function table(services: readonly ServiceUsage[], namespaces: boolean): string {
  const header = ['NAME', 'READY', 'REPLICAS', 'REQUESTS/S', 'RUNNING', 'WAITING', 'CPU', 'MEMORY'];
  const rows = services.map((one) => [
    ...(namespaces ? [one.namespace] : []),
    printable(one.name),
    one.ready,
    String(one.replicas),
    one.requestsPerSecond.toFixed(1),
    String(one.running),
    String(one.waiting),
    one.cpuCores.toFixed(2),
    `${Math.round(one.memoryBytes / 1e6)} MB`,
  ]);
  return alignColumns([namespaces ? ['NAMESPACE', ...header] : header, ...rows]);
}

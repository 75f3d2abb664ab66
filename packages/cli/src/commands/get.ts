import type { Condition } from '@berth/api';
import { type OptionSpecs, parseArguments, refuseUnknown } from '../arguments/parse.ts';
import { ArgumentValues } from '../arguments/values.ts';
import type { Command } from '../main.ts';
import { alignColumns, type Table, tableRows } from '../resources/print-table.ts';
import { pathOf, shownName } from '../resources/resource-types.ts';
import {
  getObject,
  type KubeObject,
  listObjects,
  openSession,
  SESSION_OPTIONS,
  type Session,
  withNearName,
} from '../resources/session.ts';
import { type Target, targetsOf } from '../resources/targets.ts';
import { watchObjects } from '../resources/watch.ts';
import { CommandError, EXIT } from '../terminal/exit-codes.ts';
import { helpText } from '../terminal/help-text.ts';
import { type Io, printable } from '../terminal/io.ts';

const OPTIONS: OptionSpecs = {
  output: { type: 'string', short: 'o', value: 'wide|json|yaml|name', help: 'default a table' },
  watch: { type: 'boolean', short: 'w', help: 'go on with every change' },
  selector: { type: 'string', short: 'l', value: 'LABELS', help: 'only what has these labels, e.g. app=iris' },
  'field-selector': { type: 'string', value: 'FIELDS', help: 'e.g. metadata.name=iris' },
  'all-namespaces': { type: 'boolean', short: 'A', help: 'in every namespace' },
  'no-headers': { type: 'boolean', help: 'no line of column names' },
  ...SESSION_OPTIONS,
};
const OUTPUTS = ['wide', 'json', 'yaml', 'name'] as const;
const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';

/** How things are printed. */
interface View {
  readonly output: string | undefined;
  readonly headers: boolean;
  readonly allNamespaces: boolean;
  readonly query: Readonly<Record<string, string>>;
}

export const command: Command = {
  help: helpText(
    'berth get [<type>[,<type>] [<name> …] | <type>/<name> …] [options]',
    'Lists what the platform holds: isvc (the default), pods, revisions, events, secrets, servingruntimes, ….',
    OPTIONS,
  ),
  async run(args, io) {
    const parsed = parseArguments(args, OPTIONS);
    await refuseUnknown(parsed, OPTIONS);
    const values = new ArgumentValues(parsed, io.env);
    const output = values.choice('output', OUTPUTS);
    const targets = targetsOf(parsed.positionals);
    const opened = await openSession(values, io);
    const allNamespaces = values.flag('all-namespaces') ?? false;
    const session: Session = allNamespaces ? { ...opened, namespace: undefined as never } : opened;
    const view: View = { output, headers: values.flag('no-headers') !== true, allNamespaces, query: queryOf(values) };
    if (allNamespaces && targets.some((one) => one.name !== undefined)) {
      throw new CommandError('a name can not be looked for in every namespace', { exitCode: EXIT.usage });
    }
    if (values.flag('watch') === true) return watch(targets, session, view, io);
    if (output === undefined || output === 'wide') return printTables(targets, session, view, io);
    const objects = (await Promise.all(targets.map((target) => objectsOf(target, session, view)))).flat();
    const isOne = targets.length === 1 && targets[0]?.name !== undefined;
    io.out(await asText(objects, output, isOne));
    return EXIT.ok;
  },
};

function queryOf(values: ArgumentValues): Record<string, string> {
  const query: Record<string, string> = {};
  const labels = values.text('selector');
  const fields = values.text('field-selector');
  if (labels !== undefined) query.labelSelector = labels;
  if (fields !== undefined) query.fieldSelector = fields;
  return query;
}

function objectsOf(target: Target, session: Session, view: View): Promise<KubeObject[]> {
  const { info, name } = target;
  if (name === undefined) return listObjects(session, target, view.query);
  return getObject(session, { info, name }).then((object) => [object]);
}

async function asText(objects: readonly KubeObject[], output: string, isOne: boolean): Promise<string> {
  if (output === 'name') return objects.map((one) => `${nameOf(one)}\n`).join('');
  const value = isOne ? objects[0] : { apiVersion: 'v1', kind: 'List', metadata: {}, items: objects };
  if (output === 'json') return `${JSON.stringify(value, null, 2)}\n`;
  const { toYaml } = await import('@berth/api');
  return toYaml(value);
}

function nameOf(object: KubeObject): string {
  const group = object.apiVersion?.includes('/') === true ? `.${object.apiVersion.split('/')[0]}` : '';
  return `${String(object.kind).toLowerCase()}${group}/${object.metadata.name}`;
}

async function printTables(targets: readonly Target[], session: Session, view: View, io: Io): Promise<number> {
  const kinds = new Set(targets.map((target) => target.info));
  let printed = 0;
  for (const info of kinds) {
    const rows: string[][] = [];
    const reasons: string[] = [];
    for (const target of targets.filter((one) => one.info === info)) {
      const table = await tableOf(target, session, view);
      const found = tableRows(table, {
        wide: view.output === 'wide',
        headers: view.headers && rows.length === 0,
        namespaces: view.allNamespaces && info.isNamespaced,
        ...(kinds.size > 1 ? { prefix: shownName(info, '').slice(0, -1) } : {}),
      });
      rows.push(...found);
      reasons.push(...notReadyReasons(table));
    }
    if (rows.length <= (view.headers ? 1 : 0)) continue;
    if (printed > 0) io.out('\n');
    io.out(alignColumns(rows));
    for (const line of reasons) io.err(line);
    printed++;
  }
  if (printed === 0) {
    const where = view.allNamespaces ? '' : ` in namespace ${session.namespace}`;
    io.err(`nothing found: no ${[...kinds].map((info) => info.plural).join(', ')}${where}\n`);
  }
  return EXIT.ok;
}

async function tableOf(target: Target, session: Session, view: View): Promise<Table> {
  const { info, name } = target;
  const path = pathOf(info, session.namespace, name);
  try {
    const query = { ...(name === undefined ? view.query : {}), includeObject: info.hasStatus ? 'Object' : 'Metadata' };
    return (await session.client.call('GET', path, { accept: TABLE, query })).body as Table;
  } catch (thrown) {
    throw name === undefined ? thrown : await withNearName(thrown, session, { info, name });
  }
}

/** What keeps things from being ready, a line each: nobody should have to ask a second time. */
function notReadyReasons(table: Table): string[] {
  return (table.rows ?? []).flatMap(({ object }) => {
    const { metadata, status } = (object ?? {}) as KubeObject & { status?: { conditions?: Condition[] } };
    const ready = status?.conditions?.find((one) => one.type === 'Ready');
    if (ready === undefined || ready.status === 'True' || ready.reason === undefined) return [];
    const [line = ''] = (ready.message ?? '').split('\n', 1);
    return [`${metadata.name}: ${printable(`${ready.reason}: ${line}`)}\n`];
  });
}

/** Prints each object as it is and then as it changes. */
async function watch(targets: readonly Target[], session: Session, view: View, io: Io): Promise<number> {
  const [target, ...others] = targets;
  if (target === undefined || others.length > 0) {
    throw new CommandError('one resource type at a time can be watched', { exitCode: EXIT.usage });
  }
  const { info, name } = target;
  const isTable = view.output === undefined || view.output === 'wide';
  const widths: number[] = [];
  let headers = view.headers;
  const query = { ...view.query, ...(name === undefined ? {} : { fieldSelector: `metadata.name=${name}` }) };
  const events = watchObjects(session.client, pathOf(info, session.namespace), {
    query,
    ...(isTable ? { accept: TABLE } : {}),
  });
  for await (const event of events) {
    if (isTable) {
      const rows = tableRows(event.object as unknown as Table, {
        wide: view.output === 'wide',
        headers: headers && (event.object as unknown as Table).columnDefinitions !== undefined,
        namespaces: view.allNamespaces && info.isNamespaced,
      });
      headers = false;
      io.out(alignColumns(rows, widths));
    } else {
      io.out(await asText([event.object], view.output ?? 'json', true));
    }
  }
  return EXIT.ok;
}

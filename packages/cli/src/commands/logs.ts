import { type OptionSpecs, parseArguments, refuseUnknown } from '../arguments/parse.ts';
import { ArgumentValues } from '../arguments/values.ts';
import type { Command } from '../main.ts';
import { kindNamed, pathOf } from '../resources/resource-types.ts';
import { getObject, listObjects, openSession, SESSION_OPTIONS, type Session } from '../resources/session.ts';
import { CommandError, EXIT } from '../terminal/exit-codes.ts';
import { helpText } from '../terminal/help-text.ts';
import { type Io, printable } from '../terminal/io.ts';

const OPTIONS: OptionSpecs = {
  follow: { type: 'boolean', short: 'f', help: 'go on with every new line' },
  tail: { type: 'string', value: 'N', help: 'only the last N lines' },
  since: { type: 'string', value: 'TIME', help: 'only newer than this, e.g. 5m' },
  previous: { type: 'boolean', short: 'p', help: 'of the process before the last restart' },
  timestamps: { type: 'boolean', help: 'with the time of each line' },
  ...SESSION_OPTIONS,
};
const COLOURS = [36, 33, 32, 35, 34, 31];

export const command: Command = {
  help: helpText(
    'berth logs <service or pod> [options]',
    'Prints what the replicas of a service wrote; with several, each line names its replica.',
    OPTIONS,
  ),
  async run(args, io) {
    const parsed = parseArguments(args, OPTIONS);
    await refuseUnknown(parsed, OPTIONS);
    const values = new ArgumentValues(parsed, io.env);
    const [word] = parsed.positionals;
    if (word === undefined) {
      throw new CommandError('name a service or a pod', { exitCode: EXIT.usage, hint: 'berth logs iris -f' });
    }
    const session = await openSession(values, io);
    const pods = await podsOf(word, session);
    const query = queryOf(values);
    if (pods.length === 0) {
      io.err(`${word} has no replica now; berth describe ${word} tells why\n`);
      return EXIT.ok;
    }
    const prefixes = pods.length > 1;
    await Promise.all(
      pods.map((pod, index) => print(session, pod, query, prefixes ? prefixOf(pod, index, io) : '', io)),
    );
    return EXIT.ok;
  },
};

/** The names of the pods meant: one by its name, or all of a service. */
async function podsOf(word: string, session: Session): Promise<string[]> {
  const [type, rest] = word.includes('/') ? word.split('/', 2) : [undefined, word];
  const name = rest ?? '';
  if (type !== undefined && kindNamed(type).kind === 'Pod') return [name];
  const pods = await listObjects(session, { info: kindNamed('pods') });
  if (type === undefined && pods.some((pod) => pod.metadata.name === name)) return [name];
  const own = pods.filter((pod) => pod.metadata.labels?.['serving.kserve.io/inferenceservice'] === name);
  // A name that is nobody's gets the kind error of a lookup.
  if (own.length === 0) await getObject(session, { info: kindNamed('isvc'), name });
  return own.map((pod) => pod.metadata.name);
}

function queryOf(values: ArgumentValues): Record<string, string> {
  const query: Record<string, string> = {};
  const tail = values.integer('tail', { min: 0, max: 1e9 });
  const since = values.duration('since');
  if (tail !== undefined) query.tailLines = String(tail);
  if (since !== undefined) query.sinceSeconds = String(Math.max(1, Math.ceil(since / 1000)));
  for (const flag of ['follow', 'previous', 'timestamps']) if (values.flag(flag) === true) query[flag] = 'true';
  return query;
}

function prefixOf(pod: string, index: number, io: Io): string {
  const text = `[${pod}] `;
  return io.isOutputTerminal ? `\u001b[${COLOURS[index % COLOURS.length]}m${text}\u001b[0m` : text;
}

async function print(
  session: Session,
  pod: string,
  query: Record<string, string>,
  prefix: string,
  io: Io,
): Promise<void> {
  const path = `${pathOf(kindNamed('pods'), session.namespace, pod)}/log`;
  for await (const line of session.client.lines(path, { query, accept: '*/*' }))
    io.out(`${prefix}${printable(line)}\n`);
}

import { setTimeout as sleep } from 'node:timers/promises';
import { followService } from '../apply/follow-service.ts';
import { type OptionSpecs, parseArguments, refuseUnknown } from '../arguments/parse.ts';
import { ArgumentValues } from '../arguments/values.ts';
import type { Command } from '../main.ts';
import { kindNamed, pathOf } from '../resources/resource-types.ts';
import {
  getObject,
  type KubeObject,
  listObjects,
  openSession,
  SESSION_OPTIONS,
  type Session,
} from '../resources/session.ts';
import { promotePatch, restartPatch, undoPatch } from '../rollout/patches.ts';
import { type RevisionObject, revisionHistory, rolloutText } from '../rollout/rollout-text.ts';
import { CommandError, EXIT } from '../terminal/exit-codes.ts';
import { helpText } from '../terminal/help-text.ts';
import type { Io } from '../terminal/io.ts';

const OPTIONS: OptionSpecs = {
  wait: { type: 'string', value: 'true|false', help: 'until it serves; default true' },
  timeout: { type: 'string', value: 'TIME', help: 'how long to wait; default 5m' },
  'to-revision': { type: 'string', value: 'REVISION', help: 'undo: back to this one instead of the one before' },
  ...SESSION_OPTIONS,
};
const DEFAULT_TIMEOUT_MS = 300_000;
const POLL_MS = 100;
const VERBS = ['status', 'history', 'undo', 'promote', 'restart'];
const DONE: ReadonlyMap<string, string> = new Map([
  ['undo', 'rolled back'],
  ['promote', 'promoted'],
  ['restart', 'restarted'],
]);

export const command: Command = {
  help: helpText(
    'berth rollout status|history|undo|promote|restart <service> [options]',
    [
      'status   waits until the newest revision serves, or says why it does not',
      'history  lists the revisions',
      'undo     all traffic back to the revision before, with the model as it was then',
      'promote  all traffic to the newest revision, or to the only canary variant',
      'restart  asks the storage anew, and ends an undo: other bytes become a new revision; fresh replicas without downtime',
    ].join('\n'),
    OPTIONS,
  ),
  async run(args, io) {
    const parsed = parseArguments(args, OPTIONS);
    await refuseUnknown(parsed, OPTIONS);
    const values = new ArgumentValues(parsed, io.env);
    const [verb = '', word, ...more] = parsed.positionals;
    if (!VERBS.includes(verb) || word === undefined || more.length > 0) {
      throw new CommandError(VERBS.includes(verb) ? 'name one service' : `rollout can ${VERBS.join(', ')}`, {
        exitCode: EXIT.usage,
        hint: 'berth rollout status iris',
      });
    }
    const name = word.replace(/^(isvc|inferenceservices?)\//, '');
    const session = await openSession(values, io);
    const service = await getObject(session, { info: kindNamed('isvc'), name });
    if (verb === 'history') {
      io.out(revisionHistory(service, await revisionsOf(name, session), new Date()));
      return EXIT.ok;
    }
    if (verb === 'status') return follow(service, session, values, io);
    const target = values.text('to-revision');
    const old = verb === 'restart' ? await replicasOf(name, session) : new Set<string>();
    const patch =
      verb === 'restart'
        ? restartPatch(new Date())
        : verb === 'promote'
          ? promotePatch(service)
          : undoPatch(service, await revisionsOf(name, session), target);
    const { body } = await session.client.call('PATCH', pathOf(kindNamed('isvc'), session.namespace, name), {
      query: { fieldManager: 'berth' },
      body: patch,
      contentType: 'application/merge-patch+json',
    });
    io.out(`inferenceservice.serving.kserve.io/${name} ${DONE.get(verb)}\n`);
    if (/^(false|0|no)$/i.test(values.text('wait') ?? 'true')) return EXIT.ok;
    const code = await follow(body as KubeObject, session, values, io);
    return code === EXIT.ok && old.size > 0 ? waitUntilGone(old, name, session, values, io) : code;
  },
};

async function replicasOf(name: string, session: Session): Promise<Set<string>> {
  const query = { labelSelector: `serving.kserve.io/inferenceservice=${name}` };
  return new Set((await listObjects(session, { info: kindNamed('pods') }, query)).map(({ metadata }) => metadata.name));
}

/** With the same bytes the service is ready all the time: a restart is over when nothing from before it runs. */
async function waitUntilGone(
  old: ReadonlySet<string>,
  name: string,
  session: Session,
  values: ArgumentValues,
  io: Io,
): Promise<number> {
  const timeoutMs = values.duration('timeout') ?? DEFAULT_TIMEOUT_MS;
  const end = performance.now() + timeoutMs;
  for (;;) {
    const left = [...(await replicasOf(name, session))].filter((one) => old.has(one)).length;
    if (left === 0) {
      io.err(`${old.size === 1 ? 'the replica is' : `all ${old.size} replicas are`} fresh\n`);
      return EXIT.ok;
    }
    if (performance.now() > end) {
      const some = `${left} of ${old.size} replicas from before the restart`;
      throw new CommandError(`${some} still run after ${Math.round(timeoutMs / 1000)} s`, {
        exitCode: EXIT.notReadyInTime,
        code: 'NotReadyInTime',
        hint: `berth describe ${name}`,
      });
    }
    await sleep(POLL_MS);
  }
}

async function revisionsOf(name: string, session: Session): Promise<RevisionObject[]> {
  const query = { labelSelector: `serving.kserve.io/inferenceservice=${name}` };
  return (await listObjects(session, { info: kindNamed('revisions') }, query)) as unknown as RevisionObject[];
}

async function follow(service: KubeObject, session: Session, values: ArgumentValues, io: Io): Promise<number> {
  const timeoutMs = values.duration('timeout') ?? DEFAULT_TIMEOUT_MS;
  const result = await followService(service, session, io, { timeoutMs, since: new Date() });
  const { name } = service.metadata;
  io.err(rolloutText(await getObject(session, { info: kindNamed('isvc'), name })));
  if (result === 'timeout') return EXIT.notReadyInTime;
  return result === 'ready' || result === 'stopped' ? EXIT.ok : EXIT.failure;
}

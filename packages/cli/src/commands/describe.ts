import { parseArguments, refuseUnknown } from '../arguments/parse.ts';
import { ArgumentValues } from '../arguments/values.ts';
import { describeService } from '../describe/describe-service.ts';
import type { Command } from '../main.ts';
import { type EventObject, eventRows, isAbout, lastSeen } from '../resources/event-rows.ts';
import { alignColumns } from '../resources/print-table.ts';
import { kindNamed } from '../resources/resource-types.ts';
import { getObject, listObjects, openSession, SESSION_OPTIONS, type Session } from '../resources/session.ts';
import { targetsOf } from '../resources/targets.ts';
import { CommandError, EXIT } from '../terminal/exit-codes.ts';
import { helpText } from '../terminal/help-text.ts';
import { printable } from '../terminal/io.ts';

export const command: Command = {
  help: helpText(
    'berth describe [<type>] <name> [options]',
    'Tells all there is to know about one thing: why it is as it is, and what happened.',
    SESSION_OPTIONS,
  ),
  async run(args, io) {
    const parsed = parseArguments(args, SESSION_OPTIONS);
    await refuseUnknown(parsed, SESSION_OPTIONS);
    const [target, ...others] = targetsOf(parsed.positionals);
    if (parsed.positionals.length === 0 || target?.name === undefined || others.length > 0) {
      const hint = 'berth describe iris, or berth describe pod <name>';
      throw new CommandError('name one thing to describe', { exitCode: EXIT.usage, hint });
    }
    const session = await openSession(new ArgumentValues(parsed, io.env), io);
    const { info, name } = target;
    const object = await getObject(session, { info, name });
    const events = await eventsOf(name, session);
    if (info.kind === 'InferenceService') {
      const labels = { labelSelector: `serving.kserve.io/inferenceservice=${name}` };
      const pods = await listObjects(session, { info: kindNamed('pods') }, labels);
      const revisions = await listObjects(session, { info: kindNamed('revisions') }, labels);
      io.out(describeService({ service: object, pods, revisions }, new Date()));
    } else {
      const { toYaml } = await import('@berth/api');
      const { managedFields: _hidden, ...metadata } = object.metadata as { managedFields?: unknown };
      io.out(printable(toYaml({ ...object, metadata, ...(info.isSecret ? hiddenData(object) : {}) })));
    }
    io.out(
      events.length === 0
        ? 'Events:  none in the last hour\n'
        : `Events:\n${indent(alignColumns(eventRows(events, new Date())))}`,
    );
    return EXIT.ok;
  },
};

/** Sizes instead of values. */
function hiddenData(object: { readonly [field: string]: unknown }): Record<string, unknown> {
  const data = (object.data ?? {}) as Readonly<Record<string, string>>;
  return {
    data: Object.fromEntries(
      Object.entries(data).map(([key, value]) => [key, `${Buffer.byteLength(value, 'base64')} bytes`]),
    ),
  };
}

async function eventsOf(name: string, session: Session): Promise<EventObject[]> {
  const events = (await listObjects(session, { info: kindNamed('events') })) as unknown as EventObject[];
  return events
    .filter((event) => isAbout(event, name))
    .sort((left, right) => lastSeen(left).localeCompare(lastSeen(right)));
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, '  ');
}

import { type OptionSpecs, parseArguments, refuseUnknown } from '../arguments/parse.ts';
import { ArgumentValues } from '../arguments/values.ts';
import type { Command } from '../main.ts';
import { type EventObject, eventRows, isAbout, lastSeen } from '../resources/event-rows.ts';
import { alignColumns } from '../resources/print-table.ts';
import { kindNamed, pathOf } from '../resources/resource-types.ts';
import { listObjects, openSession, SESSION_OPTIONS } from '../resources/session.ts';
import { watchObjects } from '../resources/watch.ts';
import { EXIT } from '../terminal/exit-codes.ts';
import { helpText } from '../terminal/help-text.ts';

const OPTIONS: OptionSpecs = {
  watch: { type: 'boolean', short: 'w', help: 'go on with every new event' },
  ...SESSION_OPTIONS,
};

export const command: Command = {
  help: helpText('berth events [<service>] [options]', 'Tells what happened, oldest first.', OPTIONS),
  async run(args, io) {
    const parsed = parseArguments(args, OPTIONS);
    await refuseUnknown(parsed, OPTIONS);
    const values = new ArgumentValues(parsed, io.env);
    const session = await openSession(values, io);
    const info = kindNamed('events');
    const service = parsed.positionals[0]?.replace(/^(isvc|inferenceservices?)\//, '');
    const wanted = (event: EventObject) => service === undefined || isAbout(event, service);
    if (values.flag('watch') === true) {
      const widths: number[] = [];
      io.out(alignColumns(eventRows([], new Date()), widths));
      for await (const { type, object } of watchObjects(session.client, pathOf(info, session.namespace))) {
        const event = object as unknown as EventObject;
        if (type !== 'DELETED' && wanted(event)) io.out(alignColumns(eventRows([event], new Date()).slice(1), widths));
      }
      return EXIT.ok;
    }
    const events = ((await listObjects(session, { info })) as unknown as EventObject[]).filter(wanted);
    events.sort(inOrder);
    if (events.length === 0) io.err(`no events${service === undefined ? '' : ` of ${service}`} in the last hour\n`);
    else io.out(alignColumns(eventRows(events, new Date())));
    return EXIT.ok;
  },
};

/** Oldest first. Times of events are whole seconds: within one the version of the store tells which came first. */
function inOrder(left: EventObject, right: EventObject): number {
  const version = (event: EventObject) => Number(event.metadata.resourceVersion ?? 0);
  return lastSeen(left).localeCompare(lastSeen(right)) || version(left) - version(right);
}

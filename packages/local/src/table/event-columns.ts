import { at, type Column, cell, column, wide } from './column.ts';
import { NAME } from './common-columns.ts';
import { age } from './human-duration.ts';

export const EVENT: readonly Column[] = [
  column('Last Seen', 'How long ago it happened last.', (o, now) => lastSeen(o, now)),
  column('Type', 'Normal or Warning.', (o) => cell(at(o, 'type'))),
  column('Reason', 'Why, in one word.', (o) => cell(at(o, 'reason'))),
  column('Object', 'What it is about.', involvedObject),
  wide('Subobject', 'Which part of the object.', (o) => cell(at(o, 'involvedObject', 'fieldPath')) ?? ''),
  wide('Source', 'Who tells it.', source),
  column('Message', 'What happened.', (o) => String(cell(at(o, 'message')) ?? '').trim()),
  wide('First Seen', 'How long ago it happened first.', (o, now) =>
    age(at(o, 'firstTimestamp') ?? at(o, 'eventTime'), now),
  ),
  wide('Count', 'How often it happened.', (o) => cell(at(o, 'count')) ?? 1),
  { ...NAME, priority: 1 },
];

function lastSeen(event: unknown, now: Date): string {
  const time = at(event, 'series', 'lastObservedTime') ?? at(event, 'lastTimestamp') ?? at(event, 'firstTimestamp');
  return age(time ?? at(event, 'eventTime') ?? at(event, 'metadata', 'creationTimestamp'), now);
}

function involvedObject(event: unknown): string {
  const { kind, name } = (at(event, 'involvedObject') ?? {}) as { kind?: unknown; name?: unknown };
  const resource = String(kind ?? '').toLowerCase();
  return name === undefined || name === '' ? resource : `${resource}/${String(name)}`;
}

function source(event: unknown): string {
  const component = at(event, 'source', 'component') ?? at(event, 'reportingComponent') ?? '';
  const host = at(event, 'source', 'host');
  return host === undefined || host === '' ? String(component) : `${String(component)}, ${String(host)}`;
}

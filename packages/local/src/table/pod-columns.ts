import { at, type Column, cell, column, countAt, listAt, wide } from './column.ts';
import { AGE, NAME } from './common-columns.ts';
import { age } from './human-duration.ts';

const NONE = '<none>';

export const POD: readonly Column[] = [
  NAME,
  column('Ready', 'Containers that are ready, of how many.', readyContainers),
  column('Status', 'What the pod does, or why not.', podStatus),
  column('Restarts', 'How often a container was started anew, and how long ago.', restarts),
  AGE,
  wide('IP', 'The address of the pod.', (o) => cell(at(o, 'status', 'podIP')) ?? NONE),
  wide('Node', 'The machine that it runs on.', (o) => cell(at(o, 'spec', 'nodeName')) ?? NONE),
  wide('Nominated Node', 'The machine that it waits for.', (o) => cell(at(o, 'status', 'nominatedNodeName')) ?? NONE),
  wide('Readiness Gates', 'Further conditions of readiness that hold.', () => NONE),
];

function readyContainers(pod: unknown): string {
  const statuses = listAt(pod, 'status', 'containerStatuses');
  const total = Math.max(countAt(pod, 'spec', 'containers'), statuses.length);
  return `${statuses.filter((one) => one.ready === true).length}/${total}`;
}

/** What kubectl calls a pod's status: a container's reason counts more than the phase (Kubernetes' printers). */
function podStatus(pod: unknown): string {
  if (at(pod, 'metadata', 'deletionTimestamp') !== undefined) return 'Terminating';
  let status = String(cell(at(pod, 'status', 'reason')) ?? cell(at(pod, 'status', 'phase')) ?? 'Unknown');
  for (const container of listAt(pod, 'status', 'containerStatuses').toReversed()) {
    const waiting = at(container, 'state', 'waiting', 'reason');
    const ended = at(container, 'state', 'terminated');
    if (typeof waiting === 'string' && waiting !== '') status = waiting;
    else if (ended !== undefined) status = endOf(ended);
  }
  return status;
}

function endOf(ended: unknown): string {
  const reason = at(ended, 'reason');
  if (typeof reason === 'string' && reason !== '') return reason;
  const signal = at(ended, 'signal');
  return typeof signal === 'number' && signal !== 0
    ? `Signal:${signal}`
    : `ExitCode:${String(at(ended, 'exitCode') ?? 0)}`;
}

function restarts(pod: unknown, now: Date): string {
  const statuses = listAt(pod, 'status', 'containerStatuses');
  const count = statuses.reduce((sum, one) => sum + (Number(one.restartCount) || 0), 0);
  const ends = statuses
    .map((one) => at(one, 'lastState', 'terminated', 'finishedAt'))
    .filter((end) => typeof end === 'string');
  const last = ends.sort().at(-1);
  return count === 0 || last === undefined ? String(count) : `${count} (${age(last, now)} ago)`;
}

import type { Failure } from '../status/failure.ts';
import type { ReplicaFailure, ReplicaView } from '../substrate/substrate.ts';

/** Lines of the log that a condition shows, and their length. */
const TAIL_LINES = 8;
const LINE_LENGTH = 300;

/** Why a replica is not ready, with the last lines that it wrote. */
export function failureOf(view: ReplicaView, failure: ReplicaFailure): Failure {
  const tail = failure.logTail.slice(-TAIL_LINES).map((line) => line.slice(0, LINE_LENGTH));
  const log = tail.length === 0 ? '' : `\nlast lines of its log:\n${tail.join('\n')}`;
  return {
    reason: failure.reason,
    kserveReason: failure.kserveReason,
    message: `${failure.message}${log}`,
    location: view.id,
    revision: view.workload.revision,
    ...(failure.exitCode === undefined ? {} : { exitCode: failure.exitCode }),
  };
}

/** Ends without use after which a replica that is starting once more is taken for one that fails. */
const PATIENCE = 2;

/** Whether nothing is to be expected of these replicas soon. */
export function isFailing(replicas: readonly ReplicaView[]): boolean {
  if (replicas.length === 0) return false;
  return replicas.every(
    (view) => view.failure !== undefined && (view.state === 'failed' || view.failedRuns > PATIENCE),
  );
}

/** Ends without use up to which requests wait for a replica to come back: the pauses until then add up to half a minute. */
const WORTH_WAITING = 6;

/** Whether requests had better wait for these replicas than be refused: they served before, and start again soon. */
export function comesBack(wasReady: boolean, replicas: readonly ReplicaView[]): boolean {
  return wasReady && replicas.some((view) => view.failure?.isFinal !== true && view.failedRuns <= WORTH_WAITING);
}

/** A time before which no replica starts, and why. */
export interface BackOff {
  /** Milliseconds of the machine's monotonic clock (`process.hrtime`). */
  readonly untilMs: number;
  readonly failure: Failure;
}

/** Until when nothing is to be expected of replicas that all have failed and pause; undefined where one may get ready. */
export function backOffOf(replicas: readonly ReplicaView[]): BackOff | undefined {
  const failure = firstFailure(replicas);
  if (failure === undefined) return undefined;
  const times = replicas.map((view) => (view.state === 'failed' ? view.startsAgainAt : undefined));
  const known = times.filter((one) => one !== undefined);
  return known.length < times.length ? undefined : { untilMs: Math.min(...known), failure };
}

/** The failure that stands for all; the first in the order of names. */
export function firstFailure(replicas: readonly ReplicaView[]): Failure | undefined {
  for (const view of [...replicas].sort((left, right) => (left.id < right.id ? -1 : 1))) {
    if (view.failure !== undefined && view.state !== 'ready') return failureOf(view, view.failure);
  }
  return undefined;
}

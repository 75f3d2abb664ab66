import { readFileSync } from 'node:fs';
import type { ReplicaFailure } from '@berth/control';
import type { ProcessExit } from '../keeper/process-host.ts';

/** Exit code of an engine's client whose container never ran (docker, podman, nerdctl alike). */
const ENGINE_FAILED = 125;
/** What engines say when an image can not be had; docker names the address that it asked (`…/v2/…`) and little else. */
const NO_IMAGE = /pull|manifest|no such image|not known|unauthorized|denied|registry|resolving|\/v2\//i;
const NO_REFERENCE = /invalid reference format/i;
/** The last line of docker's client, which tells nothing of the failure. */
const ADVICE = /^(Run|See) '\S+ .*--help'/;

/** What is known about an end beside its code. */
export interface ExitContext {
  /** Why the substrate itself killed it, if it did. */
  readonly killedFor?: { readonly reason: 'OOMKilled' | 'Unhealthy'; readonly message: string };
  /** Whether the process is the client of a container engine. */
  readonly isContainer: boolean;
  /** Whether the kernel killed something for lack of memory while it ran. */
  readonly kernelRanOutOfMemory: boolean;
  /** How often it was started again before. */
  readonly restarts: number;
  /** Milliseconds until it is started again. */
  readonly waitMs: number;
}

const SIGNALLED = 128;
const SIGKILL = 9;
/** What V8 prints before it gives up. */
const HEAP_EXHAUSTED = /JavaScript heap out of memory|Array buffer allocation failed|MemoryError|std::bad_alloc/;

/** The failure of a replica whose process has ended. */
export function exitFailure(exit: ProcessExit, context: ExitContext): ReplicaFailure {
  const { logTail } = exit;
  const code = exit.code ?? undefined;
  const again = context.waitMs === 0 ? 'it starts again now' : `it starts again in ${context.waitMs / 1_000} s`;
  const restarts =
    context.restarts === 0 ? '' : ` after ${context.restarts} restart${context.restarts === 1 ? '' : 's'}`;
  const last = [...logTail].reverse().find((line) => line.trim() !== '' && !(context.isContainer && ADVICE.test(line)));
  const said = last === undefined ? '' : `; its last line: ${last.slice(0, 500)}`;
  const make = (reason: string, what: string, kserveReason: ReplicaFailure['kserveReason'] = 'ModelLoadFailed') => ({
    reason,
    kserveReason,
    message: `${what}${restarts}; ${again}${said}`,
    ...(code === undefined ? {} : { exitCode: code }),
    logTail,
    isFinal: false,
  });
  if (context.killedFor !== undefined) {
    return make(context.killedFor.reason, context.killedFor.message, 'RuntimeUnhealthy');
  }
  const wasKilled = exit.signal === 'SIGKILL' || code === SIGNALLED + SIGKILL;
  if (wasKilled && context.kernelRanOutOfMemory) {
    return make('OOMKilled', 'the machine ran out of memory and the process was killed', 'RuntimeUnhealthy');
  }
  if (logTail.some((line) => HEAP_EXHAUSTED.test(line))) {
    return make('OOMKilled', 'the process ran out of memory; raise its memory limit', 'RuntimeUnhealthy');
  }
  if (context.isContainer && code === ENGINE_FAILED) {
    if (logTail.some((line) => NO_REFERENCE.test(line))) {
      return make('InvalidImageName', 'the name of its image is none');
    }
    const hasNoImage = logTail.some((line) => NO_IMAGE.test(line));
    return hasNoImage
      ? make('ErrImagePull', 'its image can not be had')
      : make('CreateContainerError', 'the container engine could not run it');
  }
  const how = exit.signal === null ? `ended with code ${code}` : `was ended by ${exit.signal}`;
  const reason = context.waitMs > 0 ? 'CrashLoopBackOff' : code === 0 ? 'Completed' : 'Error';
  return make(reason, `its process ${how}`);
}

/** How often the kernel has killed a process for lack of memory since boot; 0 where it does not say. */
export function outOfMemoryKills(): number {
  try {
    return Number(/^oom_kill (\d+)$/m.exec(readFileSync('/proc/vmstat', 'latin1'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { InferenceServiceStatus } from '@berth/api';
import { errorEntry } from '@berth/errors';
import { ApiError } from '../api-client/api-client.ts';
import { type EventObject, isAbout, lastSeen } from '../resources/event-rows.ts';
import { kindNamed, pathOf } from '../resources/resource-types.ts';
import { type KubeObject, listObjects, type Session } from '../resources/session.ts';
import { codeLine } from '../terminal/code-line.ts';
import { type Io, printable } from '../terminal/io.ts';

/** How a service's way to its first answer ended. */
export type FollowResult = 'ready' | 'failed' | 'stopped' | 'deleted' | 'timeout' | 'interrupted';

const POLL_MS = 60;

/** Tells what goes on with a service until it is ready, has failed, or the time is up. */
export async function followService(
  applied: KubeObject,
  session: Session,
  io: Io,
  options: { readonly timeoutMs: number; readonly since: Date; readonly signal?: AbortSignal },
): Promise<FollowResult> {
  const { name } = applied.metadata;
  const namespace = applied.metadata.namespace ?? session.namespace;
  const own: Session = { ...session, namespace };
  const path = pathOf(kindNamed('isvc'), namespace, name);
  const started = performance.now();
  const told = new EventTeller(name, io, options.since);
  let shown = '';
  for (;;) {
    if (options.signal?.aborted === true) return 'interrupted';
    const service = await read(own, path);
    if (service === undefined) return 'deleted';
    await told.tellNew(own);
    const status = service.status as InferenceServiceStatus | undefined;
    const ready = status?.conditions?.find((one) => one.type === 'Ready');
    const isSeen = (status?.observedGeneration ?? 0) >= (service.metadata.generation ?? 1);
    if (isSeen && ready?.status === 'True') {
      announce(name, status as InferenceServiceStatus, performance.now() - started, io);
      return 'ready';
    }
    if (isSeen && ready?.status === 'False') {
      if (ready.reason === 'Stopped') {
        io.err(`${name} is stopped\n`);
        return 'stopped';
      }
      io.err(`error: ${name} is not ready: ${ready.reason ?? 'Failed'}: ${printable(ready.message ?? '')}\n`);
      io.err(
        `  hint: berth describe ${name}${namespace === 'default' ? '' : ` -n ${namespace}`} has the whole story\n`,
      );
      io.err(codeLine(errorEntry(ready.reason ?? '')?.code ?? 'Failed'));
      return 'failed';
    }
    const message = ready?.message ?? '';
    const line = firstLine(message);
    if (line !== '' && line !== shown) {
      shown = line;
      if (!told.hasTold(line)) io.err(`  ${name}: ${printable(line)}\n`);
    }
    if (performance.now() - started > options.timeoutMs) {
      io.err(`error: ${name} is not ready after ${Math.round(options.timeoutMs / 1000)} s: ${printable(message)}\n`);
      io.err(codeLine('NotReadyInTime'));
      return 'timeout';
    }
    await sleep(POLL_MS);
  }
}

async function read(session: Session, path: string): Promise<KubeObject | undefined> {
  try {
    return (await session.client.call('GET', path)).body as KubeObject;
  } catch (thrown) {
    if (thrown instanceof ApiError && thrown.status === 404) return undefined;
    throw thrown;
  }
}

/** Prints each event of a service once. */
class EventTeller {
  readonly #name: string;
  readonly #io: Io;
  readonly #since: string;
  readonly #told = new Set<string>();

  constructor(name: string, io: Io, since: Date) {
    this.#name = name;
    this.#io = io;
    // Times of events have whole seconds.
    this.#since = new Date(Math.floor(since.getTime() / 1000) * 1000).toISOString().slice(0, 19);
  }

  /** Whether an event said it, perhaps with more words before it. */
  hasTold(text: string): boolean {
    for (const one of this.#told) if (one.endsWith(text)) return true;
    return false;
  }

  async tellNew(session: Session): Promise<void> {
    const events = (await listObjects(session, { info: kindNamed('events') })) as unknown as EventObject[];
    const fresh = events
      .filter((event) => isAbout(event, this.#name) && lastSeen(event) >= this.#since)
      .sort((left, right) => lastSeen(left).localeCompare(lastSeen(right)));
    for (const event of fresh) {
      // It repeats what the condition says, which is told anyway.
      if (event.reason === 'InferenceServiceNotReady') continue;
      const text = firstLine(`${event.reason ?? ''}: ${event.message ?? ''}`);
      if (this.#told.has(text)) continue;
      this.#told.add(text);
      const label = event.type === 'Warning' ? 'warning: ' : '  ';
      this.#io.err(`${label}${this.#name}: ${printable(text)}\n`);
    }
  }
}

/** On the way one line is enough; where a service fails, the last word has the lines of its log. */
function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}

function announce(name: string, status: InferenceServiceStatus, milliseconds: number, io: Io): void {
  const seconds = (milliseconds / 1000).toFixed(milliseconds < 10_000 ? 2 : 0);
  io.err(`${name} is ready after ${seconds} s\n`);
  if (status.url !== undefined) io.out(`${status.url}\n`);
}

import { fromRemoteError, type RemoteError, toRemoteError } from './remote-error.ts';

/** One end of a message channel between two processes. */
export interface Channel {
  /** Sends a structured-cloneable message; must not throw where the other side is gone. */
  send(message: unknown): void;
}

type Handler = (argument: never) => unknown;

/** What goes over a channel. */
type Message =
  | { readonly kind: 'call'; readonly id: number; readonly method: string; readonly argument: unknown }
  | { readonly kind: 'result'; readonly id: number; readonly value?: unknown; readonly error?: RemoteError }
  | { readonly kind: 'event'; readonly method: string; readonly argument: unknown };

/** The other side is gone, or did not answer in time. */
export class LinkError extends Error {
  readonly reason: 'gone' | 'timeout';

  constructor(reason: 'gone' | 'timeout', message: string) {
    super(message);
    this.name = 'LinkError';
    this.reason = reason;
  }
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
  timer: NodeJS.Timeout | undefined;
}

/** Calls with answers, and events without, over a channel; the same on both sides. */
export class Link {
  private readonly channel: Channel;
  private readonly handlers: ReadonlyMap<string, Handler>;
  private readonly waiting = new Map<number, Waiting>();
  private nextId = 1;
  private gone = false;

  constructor(channel: Channel, handlers: ReadonlyMap<string, Handler>) {
    this.channel = channel;
    this.handlers = handlers;
  }

  /** @throws LinkError, or the error that the other side threw */
  call<Value>(method: string, argument: unknown, timeoutMs?: number): Promise<Value> {
    if (this.gone) return Promise.reject(new LinkError('gone', 'the process is gone'));
    const id = this.nextId++;
    return new Promise<Value>((resolve, reject) => {
      const timer =
        timeoutMs === undefined
          ? undefined
          : setTimeout(() => {
              this.waiting.delete(id);
              reject(new LinkError('timeout', `no answer to "${method}" within ${timeoutMs} ms`));
            }, timeoutMs);
      this.waiting.set(id, { resolve: resolve as (value: unknown) => void, reject, timer });
      this.channel.send({ kind: 'call', id, method, argument } satisfies Message);
    });
  }

  event(method: string, argument: unknown): void {
    if (!this.gone) this.channel.send({ kind: 'event', method, argument } satisfies Message);
  }

  /** Takes a message from the channel; what is none of ours is left alone. */
  receive(raw: unknown): void {
    const message = raw as Message;
    if (typeof raw !== 'object' || raw === null) return;
    if (message.kind === 'result') this.settle(message);
    else if (message.kind === 'call') void this.answer(message.id, message.method, message.argument);
    else if (message.kind === 'event') this.handlers.get(message.method)?.(message.argument as never);
  }

  /** The other side is gone: whatever waits for it fails. */
  close(): void {
    this.gone = true;
    for (const { reject, timer } of this.waiting.values()) {
      clearTimeout(timer);
      reject(new LinkError('gone', 'the process is gone'));
    }
    this.waiting.clear();
  }

  private settle(message: { id: number; value?: unknown; error?: RemoteError }): void {
    const waiting = this.waiting.get(message.id);
    if (waiting === undefined) return;
    this.waiting.delete(message.id);
    clearTimeout(waiting.timer);
    if (message.error === undefined) waiting.resolve(message.value);
    else waiting.reject(fromRemoteError(message.error));
  }

  private async answer(id: number, method: string, argument: unknown): Promise<void> {
    try {
      const handler = this.handlers.get(method);
      if (handler === undefined) throw new Error(`there is no "${method}" to call`);
      const value = await handler(argument as never);
      this.channel.send({ kind: 'result', id, value } satisfies Message);
    } catch (error) {
      this.channel.send({ kind: 'result', id, error: toRemoteError(error) } satisfies Message);
    }
  }
}

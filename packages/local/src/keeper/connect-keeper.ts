import type { KeeperMessage, PartMessage } from './messages.ts';
import type { ProcessExit, ProcessHost, ProcessRecord, ProcessSpec } from './process-host.ts';

/** The IPC side of a child process; `process` is one. */
export interface KeeperChannel {
  send?: ((message: unknown, callback: (error: Error | null) => void) => unknown) | undefined;
  on(event: 'message', listener: (message: unknown) => void): unknown;
  on(event: 'disconnect', listener: () => void): unknown;
}

/** The keeper as one of its parts sees it. */
export interface KeeperConnection {
  /** Processes; for the control part. */
  readonly host: ProcessHost;
  /** Says that this part serves; `info` (JSON) is given to who started the platform. */
  ready(info: unknown): void;
  /** Called once when the platform begins to end: start nothing any more. */
  onStopping(listener: () => void): void;
  /** Called once when the keeper is gone: this process should end, too. */
  onGone(listener: () => void): void;
}

/**
 * Connects a part's process to the keeper that started it.
 * @throws Error where this process was not started by one
 */
export function connectKeeper(channel: KeeperChannel = process as KeeperChannel): KeeperConnection {
  if (channel.send === undefined) {
    throw new Error('this process is started by the platform (berth up), not by hand');
  }
  return new Connection(channel);
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

class Connection implements KeeperConnection {
  readonly host: ProcessHost;
  readonly #channel: KeeperChannel;
  readonly #calls = new Map<number, Waiting>();
  readonly #exitListeners = new Set<(exit: ProcessExit) => void>();
  readonly #stoppingListeners: (() => void)[] = [];
  readonly #goneListeners: (() => void)[] = [];
  /** Exits that came before anybody listened. */
  #early: { readonly exit: ProcessExit; readonly sequence: number }[] | undefined = [];
  #isGone = false;
  #isStopping = false;
  #last = 0;

  constructor(channel: KeeperChannel) {
    this.#channel = channel;
    channel.on('message', (message) => this.#receive(message as KeeperMessage));
    channel.on('disconnect', () => this.#gone());
    this.host = {
      start: (spec: ProcessSpec) => this.#call('start', spec) as Promise<ProcessRecord>,
      stop: (id: string, graceMs: number) => this.#call('stop', id, graceMs) as Promise<void>,
      list: () => this.#call('list') as Promise<readonly ProcessRecord[]>,
      onExit: (listener) => {
        this.#exitListeners.add(listener);
        const early = this.#early ?? [];
        this.#early = undefined;
        for (const { exit, sequence } of early) this.#tellExit(exit, sequence);
        return () => this.#exitListeners.delete(listener);
      },
    };
  }

  ready(info: unknown): void {
    this.#send({ type: 'ready', info });
  }

  onStopping(listener: () => void): void {
    if (this.#isStopping) listener();
    else this.#stoppingListeners.push(listener);
  }

  onGone(listener: () => void): void {
    if (this.#isGone) listener();
    else this.#goneListeners.push(listener);
  }

  #call(method: 'start' | 'stop' | 'list', ...args: unknown[]): Promise<unknown> {
    if (this.#isGone) return Promise.reject(new Error('the keeper of the platform is gone'));
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { resolve, reject });
      this.#send({ type: 'call', id, method, args });
    });
  }

  #send(message: PartMessage): void {
    if (this.#isGone) return;
    this.#channel.send?.(message, (error) => {
      if (error !== null && error !== undefined) this.#gone();
    });
  }

  #receive(message: KeeperMessage): void {
    switch (message.type) {
      case 'result': {
        const waiting = this.#calls.get(message.id);
        this.#calls.delete(message.id);
        if (message.error === undefined) waiting?.resolve(message.value);
        else waiting?.reject(new Error(message.error));
        return;
      }
      case 'exit':
        if (this.#early === undefined) this.#tellExit(message.exit, message.sequence);
        else this.#early.push(message);
        return;
      case 'stopping':
        this.#isStopping = true;
        for (const listener of this.#stoppingListeners.splice(0)) listener();
        return;
      default:
    }
  }

  #tellExit(exit: ProcessExit, sequence: number): void {
    for (const listener of [...this.#exitListeners]) listener(exit);
    this.#send({ type: 'taken', sequence });
  }

  #gone(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    for (const waiting of this.#calls.values()) waiting.reject(new Error('the keeper of the platform is gone'));
    this.#calls.clear();
    for (const listener of this.#goneListeners.splice(0)) listener();
  }
}

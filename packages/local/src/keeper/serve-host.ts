import type { ChildProcess } from 'node:child_process';
import type { KeeperMessage, PartMessage } from './messages.ts';
import type { ProcessExit, ProcessHost, ProcessSpec } from './process-host.ts';

/** Exits that are kept for a control part that is not there; what is older it sees by the process's absence. */
const MAX_KEPT_EXITS = 1_000;

/** Lets one child after the other use a ProcessHost over IPC; what ends between two of them is told to the second. */
export class HostServer {
  readonly #host: ProcessHost;
  #child: ChildProcess | undefined;
  #missed: ProcessExit[] = [];

  constructor(host: ProcessHost) {
    this.#host = host;
    host.onExit((exit) => {
      if (this.#child?.connected === true) this.send({ type: 'exit', exit });
      else if (this.#missed.push(exit) > MAX_KEPT_EXITS) this.#missed.shift();
    });
  }

  /** Serves this child from now on. */
  serve(child: ChildProcess): void {
    this.#child = child;
    for (const exit of this.#missed.splice(0)) this.send({ type: 'exit', exit });
  }

  send(message: KeeperMessage): void {
    // The callback takes the error of a child that ended meanwhile.
    this.#child?.send(message, () => undefined);
  }

  async receive(child: ChildProcess, message: Extract<PartMessage, { type: 'call' }>): Promise<void> {
    const { id } = message;
    const answer = await this.#call(message).then(
      (value) => ({ type: 'result' as const, id, value }),
      (error: unknown) => ({
        type: 'result' as const,
        id,
        error: error instanceof Error ? error.message : String(error),
      }),
    );
    if (child === this.#child && child.connected) this.send(answer);
  }

  async #call({ method, args }: Extract<PartMessage, { type: 'call' }>): Promise<unknown> {
    switch (method) {
      case 'start':
        return this.#host.start(args[0] as ProcessSpec);
      case 'stop':
        return this.#host.stop(String(args[0]), Number(args[1]));
      case 'list':
        return this.#host.list();
      default:
        throw new Error(`the keeper knows no ${String(method).slice(0, 40)}`);
    }
  }
}

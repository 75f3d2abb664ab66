import type { ChildProcess } from 'node:child_process';
import type { KeeperMessage, PartMessage } from './messages.ts';
import type { ProcessExit, ProcessHost, ProcessSpec } from './process-host.ts';

/** Exits that are kept until a control part has taken them; what is older it sees by the process's absence. */
const MAX_KEPT_EXITS = 1_000;

/**
 * Lets one child after the other use a ProcessHost over IPC. An exit is told to the next child where the last one died
 * before it took it.
 */
export class HostServer {
  readonly #host: ProcessHost;
  #child: ChildProcess | undefined;
  #untaken: { readonly sequence: number; readonly exit: ProcessExit }[] = [];
  #last = 0;

  constructor(host: ProcessHost) {
    this.#host = host;
    host.onExit((exit) => {
      const sequence = ++this.#last;
      if (this.#untaken.push({ sequence, exit }) > MAX_KEPT_EXITS) this.#untaken.shift();
      this.send({ type: 'exit', sequence, exit });
    });
  }

  /** Serves this child from now on. */
  serve(child: ChildProcess): void {
    this.#child = child;
    for (const untaken of this.#untaken) this.send({ type: 'exit', ...untaken });
  }

  send(message: KeeperMessage): void {
    if (this.#child?.connected !== true) return;
    // The callback takes the error of a child that ended meanwhile.
    this.#child.send(message, () => undefined);
  }

  /** Takes a message of a child; those of an earlier one are answered no more. */
  receive(child: ChildProcess, message: PartMessage): void {
    if (message?.type === 'taken') {
      this.#untaken = this.#untaken.filter(({ sequence }) => sequence !== message.sequence);
    } else if (message?.type === 'call') {
      void this.#answer(child, message);
    }
  }

  async #answer(child: ChildProcess, message: Extract<PartMessage, { type: 'call' }>): Promise<void> {
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

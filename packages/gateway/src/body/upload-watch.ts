import type { IncomingMessage } from 'node:http';

/**
 * Tells once when nothing of a request's body has come for a while though it is being taken: a body that waits for a
 * replica, or for one to take more of it, is not its client's fault. Ends with the body or its connection.
 */
export class UploadWatch {
  readonly #timer: NodeJS.Timeout;
  #hasCome = false;
  #quiet = 0;

  /** @param stallMs after so long it is told, half as much later at most */
  constructor(request: IncomingMessage, stallMs: number, onStalled: () => void) {
    this.#timer = setInterval(() => {
      const isTaken = request.readableFlowing === true;
      this.#quiet = this.#hasCome || !isTaken ? 0 : this.#quiet + 1;
      this.#hasCome = false;
      if (this.#quiet < 2) return;
      clearInterval(this.#timer);
      onStalled();
    }, stallMs / 2);
    const end = () => clearInterval(this.#timer);
    request.on('end', end);
    request.on('close', end);
  }

  /** Some of the body has come. */
  seen(): void {
    this.#hasCome = true;
  }
}

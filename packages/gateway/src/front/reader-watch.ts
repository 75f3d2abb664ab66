import type { ServerResponse } from 'node:http';

/** Looks at a reader in its time; each without anything taken counts. */
const LOOKS = 3;

/**
 * Cuts off a client that takes nothing of its answer for a while: what waits for it would be kept for ever. To be asked
 * for where an answer has to wait; ends with it.
 */
export function watchReader(response: ServerResponse, stallMs: number): void {
  const { socket } = response;
  if (socket === null) return;
  let length = socket.writableLength;
  let quiet = 0;
  const timer = setInterval(() => {
    const now = socket.writableLength;
    quiet = now > 0 && now === length ? quiet + 1 : 0;
    length = now;
    if (quiet < LOOKS) return;
    clearInterval(timer);
    socket.destroy();
  }, stallMs / LOOKS);
  timer.unref();
  response.once('close', () => clearInterval(timer));
}

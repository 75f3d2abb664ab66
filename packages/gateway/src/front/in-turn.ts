import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Requests of a connection that may wait behind the one that is handled; no more is read until then. */
const MAX_WAITING = 16;

/** What a connection is at. */
interface Turn {
  /** The response to the request that came last. */
  last: ServerResponse;
  waiting: number;
}

/**
 * Handles the requests of a connection one after the other, as their answers leave (RFC 9112, 9.3.2): one that sends its
 * requests without waiting for the answers would else have them all run at once, and all be read.
 */
export function inTurn(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): (request: IncomingMessage, response: ServerResponse) => void {
  const turns = new WeakMap<Socket, Turn>();
  return (request, response) => {
    const { socket } = request;
    const turn = turns.get(socket);
    if (turn === undefined) {
      turns.set(socket, { last: response, waiting: 0 });
      handle(request, response);
      return;
    }
    const before = turn.last;
    turn.last = response;
    if (before.writableFinished || before.destroyed) {
      handle(request, response);
      return;
    }
    turn.waiting++;
    hold(socket, turn);
    before.once('close', () => {
      turn.waiting--;
      if (socket.destroyed) return;
      handle(request, response);
      if (turn.waiting < MAX_WAITING) socket.resume();
      else hold(socket, turn);
    });
  };
}

/** Reads no more while many wait. Node reads on after each whole request, and for the body of one: this comes after it. */
function hold(socket: Socket, turn: Turn): void {
  if (turn.waiting < MAX_WAITING) return;
  setImmediate(() => {
    if (turn.waiting >= MAX_WAITING) socket.pause();
  });
}

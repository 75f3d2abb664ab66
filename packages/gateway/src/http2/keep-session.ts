import type { ServerHttp2Session } from 'node:http2';

const PING_MS = 30_000;

/** Ends a connection whose peer no longer answers: it may have gone without a word, and would be kept for ever. */
export function keepSession(session: ServerHttp2Session, pingMs = PING_MS): void {
  let isWaiting = false;
  const timer = setInterval(() => {
    // Its end is told a little later, and a ping until then is an error.
    if (session.destroyed) return;
    if (isWaiting) {
      session.destroy();
      return;
    }
    // False where pings that were sent before have no answer, or the session is ending by itself.
    isWaiting = session.ping((error) => {
      if (error === null) isWaiting = false;
    });
  }, pingMs);
  timer.unref();
  session.on('close', () => clearInterval(timer));
}

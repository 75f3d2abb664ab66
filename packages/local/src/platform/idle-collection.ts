import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const LOOK_MS = 3_000;
/** Changes that leave enough behind to be worth a pause of some tens of milliseconds. */
const WORTHWHILE = 50;

/**
 * Gives memory back when a burst of changes is over, and once after the start: V8 by itself collects only when it needs
 * room, and a control part that has applied five hundred services would keep twice what it uses. Returns how to stop.
 */
export function collectWhenIdle(revision: () => number): () => void {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as (options: object) => void;
  let collected = Number.NEGATIVE_INFINITY;
  let last = revision();
  const timer = setInterval(() => {
    const now = revision();
    const isQuiet = now === last;
    last = now;
    if (!isQuiet || now - collected < WORTHWHILE) return;
    collected = now;
    // An ordinary collection leaves the pages scattered and mostly empty; this one moves what lives together.
    gc({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  }, LOOK_MS);
  timer.unref();
  return () => clearInterval(timer);
}

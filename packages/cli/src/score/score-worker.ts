/** A thread of `berth score`: scores the parts that it is sent, in order. */
import { parentPort, workerData } from 'node:worker_threads';
import { PartScorer, type ScoreJob } from './part-scorer.ts';
import type { FromScorer, ToScorer } from './thread-messages.ts';
import { describeFailure } from './thread-messages.ts';

const port = parentPort;
if (port === null) throw new Error('score-worker.ts is a worker thread');
const scorer = PartScorer.open(workerData as ScoreJob);
// Told when the first part asks for it.
scorer.catch(() => undefined);

let last: Promise<void> = Promise.resolve();
port.on('message', ({ id, part }: ToScorer) => {
  last = last.then(async () => {
    try {
      const result = await (await scorer).score(part);
      port.postMessage({ id, result } satisfies FromScorer, [result.text.buffer]);
    } catch (thrown) {
      port.postMessage({ id, failure: describeFailure(thrown) } satisfies FromScorer);
    }
  });
});

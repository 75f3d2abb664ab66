import { Worker } from 'node:worker_threads';
import { after, type Part, type Position } from '@berth/tables';
import { PartScorer, type ScoredPart, type ScoreJob } from './part-scorer.ts';
import { errorOf, type FromScorer, type ToScorer } from './thread-messages.ts';

/** Parts that a thread may hold: one it works on, and the next. */
const PARTS_A_THREAD = 2;

/** A scored part, and where the next one starts. */
export interface ScoredStep {
  readonly result: ScoredPart;
  readonly next: Position;
}

/**
 * Scores parts on `threads` threads (0: on this one) and gives the results in the parts' order. Memory: two parts a thread.
 * Threads end with the generator.
 */
export async function* scoreParts(
  job: ScoreJob,
  parts: AsyncIterable<Part>,
  threads: number,
): AsyncGenerator<ScoredStep> {
  if (threads === 0) {
    yield* scoreHere(job, parts);
    return;
  }
  const workers = Array.from({ length: threads }, () => new ScoringThread(job));
  const pending: Promise<ScoredStep>[] = [];
  try {
    for await (const part of parts) {
      const next = after(part);
      const free = workers.reduce((best, worker) => (worker.held < best.held ? worker : best));
      const step = free.score(part).then((result) => ({ result, next }));
      // Whoever takes it hears of its failure; until then nobody must be told that nobody listens.
      step.catch(() => undefined);
      pending.push(step);
      if (pending.length >= threads * PARTS_A_THREAD) yield await (pending.shift() as Promise<ScoredStep>);
    }
    for (const step of pending) yield await step;
  } finally {
    await Promise.all(workers.map((worker) => worker.close()));
  }
}

async function* scoreHere(job: ScoreJob, parts: AsyncIterable<Part>): AsyncGenerator<ScoredStep> {
  const scorer = await PartScorer.open(job);
  try {
    for await (const part of parts) yield { result: await scorer.score(part), next: after(part) };
  } finally {
    await scorer.close();
  }
}

interface Waiting {
  readonly resolve: (result: ScoredPart) => void;
  readonly reject: (error: Error) => void;
}

class ScoringThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #ended: Error | undefined;

  constructor(job: ScoreJob) {
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    this.#worker = new Worker(new URL(`./score-worker.${extension}`, import.meta.url), { workerData: job });
    this.#worker.on('message', (message: FromScorer) => this.#receive(message));
    this.#worker.on('error', (error) => this.#end(error as Error));
    this.#worker.on('exit', (code) => this.#end(new Error(`a scoring thread ended with ${code}`)));
  }

  /** Parts that it was sent and has not answered. */
  get held(): number {
    return this.#waiting.size;
  }

  score(part: Part): Promise<ScoredPart> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      const transfer = part.kind === 'text' ? [part.block.bytes.buffer] : [];
      this.#worker.postMessage({ id, part } satisfies ToScorer, transfer);
    });
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #receive(message: FromScorer): void {
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if ('result' in message) waiting?.resolve(message.result);
    else waiting?.reject(errorOf(message.failure));
  }

  #end(error: Error): void {
    this.#ended ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#ended);
    this.#waiting.clear();
  }
}

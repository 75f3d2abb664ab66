import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { InferenceError, type InferRequest, LoadError, type Model } from '@berth/inference';
import type { FeatureFacts } from './feature-facts.ts';
import { madeUpRequest } from './made-up-request.ts';
import { isWithin, readSmallText, unreadable } from './safe-files.ts';

/** What a warm-up ran: a request shipped with the model, one made from its metadata, or none. */
export type WarmUpKind = 'shipped' | 'made-up' | 'none';

/** How `warmUp` reads a shipped request and tells what it met. */
export interface WarmUpOptions {
  /** Decodes a v1 or v2 request body, as the server does; `body` is the JSON text. */
  readonly decode: (body: string, model: Model) => InferRequest;
  readonly onWarning?: (message: string) => void;
  /** What the model's file tells of so many columns, asked for where a row of zeros is refused. */
  readonly explore?: (width: number) => Promise<readonly FeatureFacts[]>;
  /** Milliseconds that a warm-up may take; default 60,000. */
  readonly timeoutMs?: number;
}

/** The request that a model brings along, in its folder. */
export const WARMUP_FILE = 'warmup.json';

const MAX_WARMUP_BYTES = 64 * 2 ** 20;
const TIMEOUT_MS = 60_000;

/**
 * Answers one request before the model is called ready: `warmup.json` in `folder`, else one made from the metadata.
 * @throws LoadError WarmupFailed where a shipped request fails, or where a made-up one fails other than on its values.
 */
export async function warmUp(model: Model, folder: string, options: WarmUpOptions): Promise<WarmUpKind> {
  const shipped = await readShipped(folder);
  if (shipped !== undefined) {
    try {
      await answer(model, options.decode(shipped, model), options);
      return 'shipped';
    } catch (error) {
      throw failure(`the request in ${WARMUP_FILE} fails`, error);
    }
  }
  const request = madeUpRequest(model.metadata);
  if (request === undefined) return 'none';
  const refusal = await tryMadeUp(model, request, options);
  if (refusal !== undefined) {
    // Some models read numbers from their text.
    const digits = request.inputs.some((input) => input.datatype === 'BYTES') && madeUpRequest(model.metadata, '0');
    if (digits && (await tryMadeUp(model, digits, options)) === undefined) return 'made-up';
    // Others take texts and categories, which the file tells.
    if (await takesSample(model, options)) return 'made-up';
    options.onWarning?.(
      `the model was not warmed up: a made-up request of zeros is refused (${refusal.message}); ship one as ${WARMUP_FILE}`,
    );
  }
  return 'made-up';
}

async function takesSample(model: Model, options: WarmUpOptions): Promise<boolean> {
  if (options.explore === undefined) return false;
  const { sampleRow, sampleWidth } = await import('./sample-request.ts');
  // What is not told is a help less, no fault of the model.
  const facts = await options.explore(sampleWidth(model.metadata)).catch(() => []);
  const takes = async (request: InferRequest) => (await tryMadeUp(model, request, options)) === undefined;
  return (await sampleRow(model.metadata, facts, takes)) !== undefined;
}

/** The error of a made-up request that is refused for its values. @throws LoadError for any other failure. */
async function tryMadeUp(
  model: Model,
  request: InferRequest,
  options: WarmUpOptions,
): Promise<InferenceError | undefined> {
  try {
    await answer(model, request, options);
    return undefined;
  } catch (thrown) {
    const error = InferenceError.from(thrown);
    if (error.code !== 'INVALID_INPUT') throw failure('a request made from its metadata fails', thrown);
    return error;
  }
}

async function readShipped(folder: string): Promise<string | undefined> {
  let path: string;
  try {
    path = await realpath(join(folder, WARMUP_FILE));
    if (!isWithin(await realpath(folder), path)) {
      throw new LoadError('UnsafeModel', `${WARMUP_FILE} is a link that leads out of the model's folder`);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || (error as NodeJS.ErrnoException).code === 'ENOTDIR') {
      return undefined;
    }
    throw error instanceof LoadError ? error : unreadable(join(folder, WARMUP_FILE), error);
  }
  return readSmallText(path, MAX_WARMUP_BYTES);
}

async function answer(model: Model, request: InferRequest, options: WarmUpOptions): Promise<void> {
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
  const deadline = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const error = new InferenceError('DEADLINE', `there was no answer within ${timeoutMs / 1000} s`);
      deadline.abort(error);
      reject(error);
    }, timeoutMs);
  });
  // A model may throw before it returns a promise. The race has to stand by then, and the timer to end with it: a deadline
  // that nobody waits for any more would be an unhandled rejection, which ends the process.
  const answered = (async () => model.infer({ ...request, signal: deadline.signal }))();
  try {
    await Promise.race([answered, late]);
  } finally {
    clearTimeout(timer);
  }
}

function failure(what: string, thrown: unknown): LoadError {
  const text = thrown instanceof InferenceError || thrown instanceof LoadError ? thrown.message : 'internal error';
  return new LoadError('WarmupFailed', `${what}: ${text}`, { cause: thrown });
}

import type { InferRequest, Model } from '@berth/inference';

/** What a warm-up ran: a request shipped with the model, one made from its metadata, or none. */
export type WarmUpKind = 'shipped' | 'made-up' | 'none';

/** How `warmUp` reads a shipped request and tells what it met. */
export interface WarmUpOptions {
  /** Decodes a v1 or v2 request body, as the server does; `body` is the JSON text. */
  readonly decode: (body: string, model: Model) => InferRequest;
  readonly onWarning?: (message: string) => void;
  /** Milliseconds that a warm-up may take; default 60,000. */
  readonly timeoutMs?: number;
}

/**
 * Answers one request before the model is called ready: `warmup.json` in `folder`, else one made from the metadata.
 * @throws LoadError WarmupFailed where a shipped request fails, or where a made-up one fails other than on its values.
 */
export async function warmUp(model: Model, folder: string, options: WarmUpOptions): Promise<WarmUpKind> {
  throw new Error(`not yet: ${folder} ${model.metadata.platform} ${options.timeoutMs}`);
}

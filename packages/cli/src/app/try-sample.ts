import { stat } from 'node:fs/promises';
import type { DiscoveredModel, Flavour } from '@berth/formats';
import type { Model } from '@berth/inference';
import { decodeShippedRequest } from '@berth/server';

/** A request that a model has just answered. */
export interface TriedSample {
  readonly protocol: 'v1' | 'v2';
  readonly body: string;
}

/** Larger files are not read a second time for the sake of an example. */
const MAX_EXPLORED_BYTES = 32 * 2 ** 20;

/**
 * Makes a request from what a model's file tells and asks the model; undefined where no made-up request is answered. The
 * protocol that is preferred comes first.
 */
export async function trySample(
  found: DiscoveredModel,
  model: Model,
  flavour: Flavour,
  preferred: 'v1' | 'v2',
): Promise<TriedSample | undefined> {
  const { sampleRequest } = await import('../rows/sample-request.ts');
  const samples = sampleRequest(model.metadata, await explored(found, model));
  for (const protocol of preferred === 'v1' ? (['v1', 'v2'] as const) : (['v2', 'v1'] as const)) {
    const body = samples[protocol];
    if (body === undefined) continue;
    try {
      await model.infer(decodeShippedRequest(body, model, flavour));
      return { protocol, body };
    } catch {
      // A made-up request may not suit; another form of it, or none, is the answer.
    }
  }
  return undefined;
}

async function explored(found: DiscoveredModel, { metadata }: Model) {
  const size = await stat(found.path).then(
    (stats) => stats.size,
    () => Number.POSITIVE_INFINITY,
  );
  if (size > MAX_EXPLORED_BYTES) return [];
  const { exploreModel } = await import('@berth/formats');
  const width = metadata.columns?.length ?? metadata.inputs[0]?.shape[1] ?? 1;
  return exploreModel(found, Math.max(1, width)).catch(() => []);
}

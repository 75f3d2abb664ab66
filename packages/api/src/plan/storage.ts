import type { InferenceService, ModelSpec } from '../inference-service/types.ts';
import type { PlanFailure } from './plan.ts';

/** Where the model's files come from, or why that can not be. */
export function storageOf(
  isvc: InferenceService,
  model: ModelSpec,
  storageProblem: (uri: string) => string | undefined,
): { readonly uri: string } | { readonly failure: PlanFailure } {
  const uri = model.storageUri;
  const fail = (reason: string, message: string) => ({
    failure: { reason, kserveReason: 'InvalidPredictorSpec' as const, message },
  });
  if (typeof uri === 'string' && uri !== '') {
    const problem = storageProblem(uri);
    if (problem === undefined) return { uri };
    return { failure: { reason: 'StorageNotSupported', kserveReason: 'ModelLoadFailed', message: problem } };
  }
  if (model.storage !== undefined && model.storage !== null) {
    return fail(
      'StorageNotSupported',
      'the `storage` block (a key of the Secret storage-config) is not supported yet; use storageUri with a path, file:// or http(s)://',
    );
  }
  if (Array.isArray(isvc.spec.predictor.storageUris)) {
    return fail(
      'StorageNotSupported',
      'storageUris (several models in one predictor) is not supported yet; use storageUri',
    );
  }
  return fail(
    'StorageUriMissing',
    'the predictor has no storageUri: it waits for TrainedModels, which `berth up` serves; add storageUri to serve one model',
  );
}

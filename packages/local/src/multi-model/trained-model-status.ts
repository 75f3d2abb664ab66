import type { Condition, InferenceServiceStatus } from '@berth/api';
import type { ApiObject, ModelState } from '@berth/control';
import { timestamp } from '../store/stored-object.ts';
import type { LoadOutcome } from './replica-models.ts';
import { bytesOf, isMultiModel, memoryOf, memoryText, modelUrl, type TrainedModel } from './trained-model.ts';

/** What is known of a TrainedModel and its surroundings. */
export interface TrainedModelFacts {
  readonly model: TrainedModel;
  readonly service: ApiObject | undefined;
  /** Whether its name can be a file's. */
  readonly isNamed: boolean;
  /** How far its files are; undefined where nothing was asked for. */
  readonly files: ModelState | undefined;
  /** What became of it in each replica that is ready. */
  readonly outcomes: readonly LoadOutcome[];
  /** Whether any replica has loaded these very files. */
  readonly isProven: boolean;
}

type Outcome = Omit<Condition, 'type' | 'lastTransitionTime'>;

/** The status: KServe's conditions, `ModelLoaded` beside them, and Ready, which is true where all of them are. */
export function trainedModelStatus(facts: TrainedModelFacts, before: unknown, now: Date): Record<string, unknown> {
  const { model, service } = facts;
  const status = (service?.status ?? {}) as InferenceServiceStatus;
  const isReady = status.conditions?.some((each) => each.type === 'Ready' && each.status === 'True') ?? false;
  const parent = model.spec.inferenceService;
  const conditions: Record<string, Outcome> = {
    InferenceServiceReady: isReady
      ? { status: 'True' }
      : no(
          'InferenceServiceNotReady',
          service === undefined
            ? `there is no InferenceService ${parent}`
            : `the InferenceService ${parent} is not ready`,
        ),
    IsMMSPredictor: isMultiModel(service)
      ? { status: 'True' }
      : no(
          'IsNotMMSPredictor',
          `the predictor of ${parent} has a model of its own; leave its storageUri out to load models one by one`,
        ),
    MemoryResourceAvailable:
      bytesOf(model) <= memoryOf(service)
        ? { status: 'True' }
        : no(
            'MemoryResourceNotAvailable',
            `it takes ${model.spec.model.memory}, and the predictor has ${memoryText(service)} for all of its models`,
          ),
    ModelLoaded: loaded(facts),
  };
  const all = Object.values(conditions);
  conditions.Ready = all.find((each) => each.status === 'False') ??
    all.find((each) => each.status === 'Unknown') ?? { status: 'True' };
  const earlier = ((before ?? {}) as { conditions?: Condition[] }).conditions ?? [];
  const list = Object.entries(conditions).map(([type, each]): Condition => {
    const same = earlier.find((other) => other.type === type && other.status === each.status);
    return { type, ...each, lastTransitionTime: same?.lastTransitionTime ?? timestamp(now) };
  });
  const { name, generation } = model.metadata;
  const url = status.url === undefined ? undefined : modelUrl(status.url, name, service);
  const address = status.address?.url === undefined ? url : modelUrl(status.address.url, name, service);
  return {
    observedGeneration: generation,
    conditions: list,
    ...(url === undefined ? {} : { url }),
    ...(address === undefined ? {} : { address: { url: address } }),
  };
}

function loaded({ model, isNamed, files, outcomes, isProven }: TrainedModelFacts): Outcome {
  if (!isNamed)
    return no('InvalidName', `${JSON.stringify(model.metadata.name.slice(0, 100))} can not be a model's name`);
  if (files?.state === 'failed') return no(files.reason, files.message);
  if (files?.state === 'fetching') return { status: 'Unknown', reason: 'Downloading', message: files.message };
  const failed = outcomes.find(({ error }) => error !== undefined);
  if (failed !== undefined) return no('ModelLoadFailed', failed.error as string);
  // Without a replica, the next one loads it before it is ready.
  if (isProven && outcomes.every(({ isThere }) => isThere)) return { status: 'True' };
  return { status: 'Unknown', reason: 'Loading', message: 'not every replica has loaded it yet' };
}

function no(reason: string, message: string): Outcome {
  return { status: 'False', reason, message };
}

import { effectiveModel } from '../inference-service/components.ts';
import type { InferenceService, ModelSpec, ProtocolVersion } from '../inference-service/types.ts';
import type { Rejection } from '../serving-runtime/selection.ts';
import { PROTOCOL_ORDER, selectRuntime } from '../serving-runtime/selection.ts';
import type { ServingRuntime } from '../serving-runtime/types.ts';
import type { RuntimeFlavour } from './engines.ts';
import { hostProblem, hostsOf, pathPrefixOf } from './hosts.ts';
import { resolveRuntime } from './resolve-runtime.ts';
import { storageOf } from './storage.ts';
import { unservedParts } from './unserved-parts.ts';

/** What it takes to serve the model of a service in this process. */
export interface ServingPlan {
  readonly format: string;
  readonly flavour: RuntimeFlavour;
  readonly protocol: ProtocolVersion;
  readonly storageUri: string;
  /** Undefined where the model's folder names its models (Triton). */
  readonly modelName: string | undefined;
  /** PREDICT_PROBA=true. */
  readonly predictProba: boolean;
  /** `--nthread`. */
  readonly threads: number;
  readonly args: readonly string[];
  readonly env: ReadonlyMap<string, string>;
}

/** Why a service can not be served. */
export interface PlanFailure {
  /** For conditions. */
  readonly reason: string;
  /** For `modelStatus.lastFailureInfo`, one of KServe's values. */
  readonly kserveReason: FailureReason;
  readonly message: string;
}

/** KServe's values of `modelStatus.lastFailureInfo.reason`. */
export type FailureReason =
  | 'ModelLoadFailed'
  | 'RuntimeUnhealthy'
  | 'RuntimeDisabled'
  | 'NoSupportingRuntime'
  | 'RuntimeNotRecognized'
  | 'InvalidPredictorSpec';

/** A service's plan: where it is reached, by which runtime, and how it is served or why not. */
export interface ServicePlan {
  readonly namespace: string;
  readonly name: string;
  readonly hosts: readonly string[];
  readonly pathPrefix: string;
  readonly runtime?: { readonly name: string; readonly kind: ServingRuntime['kind'] };
  /** E.g. `chose kserve-sklearnserver because it serves sklearn over v1 and is the only one to do so`. */
  readonly explanation: string;
  readonly rejected: readonly Rejection[];
  readonly warnings: readonly string[];
  /** Annotation serving.kserve.io/stop. */
  readonly stopped: boolean;
  /** Parts that keep the service from being Ready although its predictor serves. */
  readonly unserved: readonly PlanFailure[];
  readonly serving?: ServingPlan;
  readonly failure?: PlanFailure;
}

/** What a plan needs to know of the world. */
export interface PlanContext {
  /** Every runtime: the built-in ones and the user's. */
  readonly runtimes: readonly ServingRuntime[];
  /** Why a storage URI can not be fetched by this build; undefined where it can. */
  readonly storageProblem: (uri: string) => string | undefined;
  /** Domain of the external host names; default `example.com`. */
  readonly domain?: string;
}

/**
 * Decides how an InferenceService is served. Pure; the service is not changed. A service that can not be served gets a
 * failure that names everything that is missing, not only the first thing.
 */
export function planService(isvc: InferenceService, context: PlanContext): ServicePlan {
  const { name } = isvc.metadata;
  const namespace = isvc.metadata.namespace ?? 'default';
  const warnings: string[] = [];
  const longHost = hostProblem(namespace, name);
  if (longHost !== undefined) warnings.push(longHost);
  const parts = unservedParts(isvc);
  warnings.push(...parts.warnings);
  const base = {
    namespace,
    name,
    hosts: hostsOf(namespace, name, context.domain),
    pathPrefix: pathPrefixOf(namespace, name),
    stopped: isStopped(isvc),
    unserved: parts.unserved,
  };
  const model = effectiveModel(isvc.spec.predictor);
  if (model === undefined) {
    const failure: PlanFailure = {
      reason: 'CustomPredictorNotSupported',
      kserveReason: 'RuntimeUnhealthy',
      message:
        'spec.predictor.containers is a predictor of your own, and Berth can not run containers yet; use spec.predictor.model with a model format it evaluates itself: sklearn, xgboost, lightgbm or onnx',
    };
    return { ...base, explanation: '', rejected: [], warnings, failure };
  }
  const isMultiNode = isvc.spec.predictor.workerSpec !== undefined && isvc.spec.predictor.workerSpec !== null;
  const selection = selectRuntime(model, { namespace, runtimes: context.runtimes, isMultiNode });
  if ('failure' in selection) {
    const { reason, message, rejected } = selection.failure;
    return { ...base, explanation: '', rejected, warnings, failure: { reason, kserveReason: reason, message } };
  }
  const { choice } = selection;
  warnings.push(...choice.warnings);
  const known = {
    ...base,
    runtime: { name: choice.runtime.metadata.name, kind: choice.runtime.kind },
    explanation: choice.because,
    rejected: choice.rejected,
    warnings,
  };
  const problems: PlanFailure[] = [...parts.blocking];
  const resolved = resolveRuntime(isvc, model, choice.runtime);
  if ('failure' in resolved) problems.push(resolved.failure);
  else warnings.push(...resolved.warnings);
  const storage = storageOf(isvc, model, context.storageProblem);
  if ('failure' in storage) problems.push(storage.failure, ...contentsByName(model));
  const combined = combine(problems);
  if (combined !== undefined || 'failure' in resolved || 'failure' in storage) {
    return { ...known, ...(combined === undefined ? {} : { failure: combined }) };
  }
  const { flavour, modelName, predictProba, threads, args, env } = resolved;
  const protocol = model.protocolVersion ?? choice.protocol ?? lowestProtocolOf(choice.runtime, flavour);
  const { uri: storageUri } = storage;
  const format = model.modelFormat.name;
  return {
    ...known,
    serving: { format, flavour, protocol, storageUri, modelName, predictProba, threads, args, env },
  };
}

/** Contents that a Triton repository may have by its name, and that have no engine yet. */
const NAMED_CONTENTS: readonly (readonly [RegExp, string])[] = [
  [/torchscript|pytorch|libtorch/i, 'TorchScript'],
  [/tensorflow|savedmodel|graphdef/i, 'TensorFlow'],
  [/tensorrt|trt/i, 'TensorRT'],
];

/** What else will be missing once the files can be fetched, as far as the URI's name tells. */
function contentsByName(model: ModelSpec): PlanFailure[] {
  if (model.modelFormat.name !== 'triton') return [];
  const contents = NAMED_CONTENTS.find(([pattern]) => pattern.test((model.storageUri ?? '').slice(0, 2000)))?.[1];
  if (contents === undefined) return [];
  const message = `a Triton repository is served where its models are ONNX; ${contents}, which this one holds by its name, has no engine yet`;
  return [{ reason: 'EngineMissing', kserveReason: 'RuntimeUnhealthy', message }];
}

/** What a named runtime speaks where the service asks for nothing (KServe sets the lowest; its webhook knows two servers). */
export function lowestProtocolOf(runtime: ServingRuntime, flavour: RuntimeFlavour): ProtocolVersion {
  if (flavour === 'mlserver' || flavour === 'triton') return 'v2';
  return PROTOCOL_ORDER.find((one) => runtime.spec.protocolVersions?.includes(one)) ?? 'v1';
}

function combine(problems: readonly PlanFailure[]): PlanFailure | undefined {
  const [first, ...others] = problems;
  if (first === undefined || others.length === 0) return first;
  return { ...first, message: problems.map((one) => one.message).join('. Also: ') };
}

/** Annotation serving.kserve.io/stop. */
export function isStopped(isvc: InferenceService): boolean {
  const annotations = new Map(Object.entries(isvc.metadata.annotations ?? {}));
  return annotations.get('serving.kserve.io/stop')?.toLowerCase() === 'true';
}

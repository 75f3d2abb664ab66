import {
  type ComponentSpec,
  type Container,
  defaultedMetadata,
  type EnvVar,
  effectiveModel,
  engineOf,
  type FailureReason,
  type InferenceService,
  implementationsOf,
  isObject,
  lowestProtocolOf,
  type ModelSpec,
  missingEngine,
  type ObjectMeta,
  PlaceholderError,
  type PlanFailure,
  PREDICTOR_CONTAINER,
  type PredictorSpec,
  type ProtocolVersion,
  type ServingRuntime,
  selectRuntime,
  serverTypeOf,
  TRANSFORMER_CONTAINER,
} from '@berth/api';
import { serviceOptions } from './annotations.ts';
import type { ComponentPlan, PlannedModel, PlanOutcome } from './component-plan.ts';
import { plannedEnvFrom, plannedVariables } from './environment.ts';
import { fillContainer, mergeContainers, objects, strings } from './merge-container.ts';
import { type RunnerChoice, runnerOfContainer, runnerOfRuntime } from './runner.ts';
import { fieldsWithoutEffect } from './without-effect.ts';

/** What planning needs to know of the world. */
export interface PlanWorld {
  /** Every runtime: the user's first, then those built in that are not overridden. */
  readonly runtimes: readonly ServingRuntime[];
  /** Whether it is one that Berth brings, unchanged. */
  readonly isBuiltIn: (runtime: ServingRuntime) => boolean;
}

/** What the merge of runtime and service gives. */
interface Merged {
  readonly container: Container;
  readonly choice: RunnerChoice;
  readonly protocol: ProtocolVersion;
  readonly models: readonly PlannedModel[];
  readonly extraEnv: readonly EnvVar[];
  readonly runtime?: ServingRuntime;
  readonly runtimeVersion?: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Kubernetes' default of `terminationGracePeriodSeconds`. */
const GRACE_SECONDS = 30;
const MODEL_FOLDER = '/mnt/models';

/**
 * Decides how the predictor of a service is run: one pure function for every substrate. `predictor` is the spec's own,
 * or a canary's merged over it. What can not be planned is a failure that says what to change.
 */
export function planPredictor(isvc: InferenceService, predictor: PredictorSpec, world: PlanWorld): PlanOutcome {
  const implementation = implementationsOf(predictor)[0];
  if (implementation === undefined) {
    return failed('InvalidPredictorSpec', 'InvalidPredictorSpec', 'the predictor has neither a model nor a container');
  }
  const field =
    implementation.key === 'containers' ? 'spec.predictor.containers' : `spec.predictor.${implementation.key}`;
  const withoutEffect = fieldsWithoutEffect(isvc, 'predictor', predictor, { field, spec: implementation.spec });
  const model = effectiveModel(predictor);
  const isBeside = (one: Container) => one.name === TRANSFORMER_CONTAINER && one !== implementation.spec;
  if (objects(predictor.containers).some((one) => isBeside(one as Container))) {
    const message = `spec.predictor.containers (${TRANSFORMER_CONTAINER}) is not run yet, and without it the predictor would get requests it was not made for`;
    return { ...failed('TransformerNotSupported', 'RuntimeUnhealthy', message), withoutEffect };
  }
  if (model === undefined) return planCustom(isvc, predictor, implementation.spec, field, withoutEffect);
  return planModel(isvc, predictor, model, field, withoutEffect, world);
}

function planModel(
  isvc: InferenceService,
  predictor: PredictorSpec,
  model: ModelSpec,
  field: string,
  withoutEffect: PlanOutcome['withoutEffect'],
  world: PlanWorld,
): PlanOutcome {
  const namespace = isvc.metadata.namespace ?? 'default';
  const isMultiNode = isObject(predictor.workerSpec);
  const selection = selectRuntime(model, { namespace, runtimes: world.runtimes, isMultiNode });
  if ('failure' in selection) {
    const { reason, message } = selection.failure;
    return { ...failed(reason, reason, message), withoutEffect };
  }
  const { choice } = selection;
  const runtime = { name: choice.runtime.metadata.name, kind: choice.runtime.kind };
  const known = { runtime, explanation: choice.because, withoutEffect };
  const fail = (reason: string, kserveReason: FailureReason, message: string): PlanOutcome => ({
    ...known,
    warnings: [...choice.warnings],
    failure: { reason, kserveReason, message },
  });
  const below = choice.runtime.spec.containers.find((one) => one.name === PREDICTOR_CONTAINER);
  if (below === undefined) {
    const message = `the runtime ${runtime.name} has no container named ${PREDICTOR_CONTAINER}`;
    return fail('InvalidPredictorSpec', 'InvalidPredictorSpec', message);
  }
  const serverType = serverTypeOf(choice.runtime);
  const metadata = defaultedMetadata(isvc, model, serverType);
  let filled: Container;
  try {
    filled = fillContainer(below, metadata, false);
  } catch (thrown) {
    if (!(thrown instanceof PlaceholderError)) throw thrown;
    const message = `the runtime ${runtime.name} has a wrong placeholder: ${thrown.message}`;
    return fail('InvalidPredictorSpec', 'InvalidPredictorSpec', message);
  }
  const container = mergeContainers(filled, containerFields(model));
  const models = modelsOf(model, predictor);
  const isMultiModel = models.length === 0;
  const runner = runnerOfRuntime({
    runtime: choice.runtime,
    isBuiltIn: world.isBuiltIn(choice.runtime),
    serverType,
    format: model.modelFormat.name,
    container,
    ownCommand: strings(model.command),
    ownImage: typeof model.image === 'string' ? model.image : undefined,
    runtimeVersion: model.runtimeVersion ?? undefined,
    isMultiModel,
  });
  if (runner === undefined) {
    return fail('EngineMissing', 'RuntimeUnhealthy', missingEngine(model.modelFormat.name, choice.runtime, model));
  }
  if (isMultiModel && runner.runner.kind !== 'native') {
    const message = `${field} has no storageUri; several models in one predictor are served by Berth's own server only`;
    return fail('StorageUriMissing', 'InvalidPredictorSpec', message);
  }
  const flavour = serverType === undefined ? 'kserve' : (engineOf(serverType)?.flavour ?? 'kserve');
  const merged: Merged = {
    container,
    choice: runner,
    protocol: model.protocolVersion ?? choice.protocol ?? lowestProtocolOf(choice.runtime, flavour),
    models,
    extraEnv:
      serverType === 'mlserver'
        ? [
            { name: 'MLSERVER_MODEL_NAME', value: isvc.metadata.name },
            { name: 'MLSERVER_MODEL_URI', value: MODEL_FOLDER },
          ]
        : [],
    runtime: choice.runtime,
    ...(typeof model.runtimeVersion === 'string' ? { runtimeVersion: model.runtimeVersion } : {}),
    labels: {},
  };
  const finished = finish(isvc, predictor, 'predictor', merged, field);
  return { ...known, ...finished, warnings: [...choice.warnings, ...finished.warnings] };
}

function planCustom(
  isvc: InferenceService,
  predictor: PredictorSpec,
  written: Container,
  field: string,
  withoutEffect: PlanOutcome['withoutEffect'],
): PlanOutcome {
  const container = fillContainer(written, withNamespace(isvc), true);
  const { variables } = plannedVariables(objects(container.env) as unknown as EnvVar[], field);
  const env = new Map(variables.flatMap((one) => ('value' in one ? [[one.name, one.value] as const] : [])));
  const uri = env.get('STORAGE_URI');
  const models: PlannedModel[] =
    uri === undefined || uri === '' ? storageUrisOf(predictor) : [{ mountPath: MODEL_FOLDER, uri }];
  const isMultiModel = models.length === 0 && env.get('MULTI_MODEL_SERVER')?.toLowerCase() === 'true';
  const choice = runnerOfContainer(container, env, models.length > 0 || isMultiModel, isMultiModel);
  const explanation =
    choice.runner.kind === 'native'
      ? `Berth's own server does what the image ${String(container.image).slice(0, 200)} does`
      : 'the predictor brings its own container';
  const asked = env.get('PROTOCOL');
  const protocol = PROTOCOLS.find((one) => one === asked) ?? 'v1';
  const known = { explanation, withoutEffect };
  if (choice.runner.kind === 'container' && choice.runner.image === '') {
    const message = `${field} has neither an image nor a command`;
    return { ...failed('InvalidPredictorSpec', 'InvalidPredictorSpec', message), ...known };
  }
  const merged: Merged = { container, choice, protocol, models, extraEnv: [], labels: {} };
  return { ...known, ...finish(isvc, predictor, 'predictor', merged, field) };
}

const PROTOCOLS: readonly ProtocolVersion[] = ['v1', 'v2', 'grpc-v1', 'grpc-v2'];

/** What every kind of predictor has in common: environment, probes, resources, labels. */
function finish(
  isvc: InferenceService,
  spec: ComponentSpec,
  component: ComponentPlan['component'],
  merged: Merged,
  field: string,
): { plan?: ComponentPlan; failure?: PlanFailure; warnings: readonly string[] } {
  const { container, choice, runtime } = merged;
  const written = objects(container.env) as unknown as EnvVar[];
  const serviceVariable: EnvVar = { name: 'INFERENCE_SERVICE_NAME', value: isvc.metadata.name };
  const { variables, problems } = plannedVariables(
    [serviceVariable, ...defaultsUnder(merged.extraEnv, written), ...written],
    field,
  );
  if (problems.length > 0) {
    const message = problems.join('; ');
    return { failure: { reason: 'InvalidPredictorSpec', kserveReason: 'InvalidPredictorSpec', message }, warnings: [] };
  }
  const options = serviceOptions(isvc.metadata.annotations);
  const resources = isObject(container.resources) ? container.resources : {};
  const grace = spec.terminationGracePeriodSeconds;
  const account = typeof spec.serviceAccountName === 'string' ? spec.serviceAccountName : undefined;
  const runtimeAnnotations = isObject(runtime?.spec.annotations) ? runtime.spec.annotations : {};
  const runtimeLabels = isObject(runtime?.spec.labels) ? runtime.spec.labels : {};
  const variant = component === 'predictor' ? (spec as PredictorSpec).name : undefined;
  const plan: ComponentPlan = {
    namespace: isvc.metadata.namespace ?? 'default',
    service: isvc.metadata.name,
    component,
    ...(typeof variant === 'string' && variant !== '' ? { variant } : {}),
    ...(runtime === undefined ? {} : { runtime: { name: runtime.metadata.name, kind: runtime.kind } }),
    ...(merged.runtimeVersion === undefined ? {} : { runtimeVersion: merged.runtimeVersion }),
    protocol: merged.protocol,
    runner: choice.runner,
    env: variables,
    envFrom: plannedEnvFrom(container.envFrom),
    models: merged.models,
    storageEnv: storageEnvironment(variables),
    ...(account === undefined ? {} : { serviceAccountName: account }),
    ...(options.sha256 === undefined ? {} : { sha256: options.sha256 }),
    ...(typeof container.workingDir === 'string' ? { workingDir: container.workingDir } : {}),
    probes: {
      ...(isObject(container.startupProbe) ? { startup: container.startupProbe } : {}),
      ...(isObject(container.readinessProbe) ? { readiness: container.readinessProbe } : {}),
      ...(isObject(container.livenessProbe) ? { liveness: container.livenessProbe } : {}),
    },
    limits: quantities(resources.limits),
    requests: quantities(resources.requests),
    terminationGraceSeconds: typeof grace === 'number' && grace >= 0 ? grace : GRACE_SECONDS,
    labels: { ...texts(runtimeLabels), ...texts(isvc.metadata.labels), ...texts(spec.labels) },
    annotations: { ...texts(runtimeAnnotations), ...texts(spec.annotations) },
    containerConcurrency: typeof spec.containerConcurrency === 'number' ? Math.max(0, spec.containerConcurrency) : 0,
  };
  return { plan, warnings: [...choice.warnings] };
}

/** Defaults that the controller gives, which a variable of the same name takes the place of. */
function defaultsUnder(defaults: readonly EnvVar[], written: readonly EnvVar[]): EnvVar[] {
  return defaults.filter((one) => !written.some((other) => other.name === one.name));
}

function withNamespace(isvc: InferenceService): ObjectMeta {
  return { ...isvc.metadata, namespace: isvc.metadata.namespace ?? 'default' };
}

/** The fields of a model that belong to its container. */
function containerFields(model: ModelSpec): Record<string, unknown> {
  const {
    modelFormat: _format,
    runtime: _runtime,
    storageUri: _uri,
    storage: _storage,
    runtimeVersion: _version,
    protocolVersion: _protocol,
    ...container
  } = model;
  return container;
}

function modelsOf(model: ModelSpec, predictor: PredictorSpec): PlannedModel[] {
  if (typeof model.storageUri === 'string' && model.storageUri !== '') {
    return [{ mountPath: MODEL_FOLDER, uri: model.storageUri }];
  }
  const storage = model.storage;
  if (isObject(storage)) {
    const { key, path, parameters } = storage;
    return [
      {
        mountPath: MODEL_FOLDER,
        storage: {
          ...(typeof key === 'string' ? { key } : {}),
          ...(typeof path === 'string' ? { path } : {}),
          ...(isObject(parameters) ? { parameters: texts(parameters) } : {}),
        },
      },
    ];
  }
  return storageUrisOf(predictor);
}

function storageUrisOf(spec: ComponentSpec): PlannedModel[] {
  return objects(spec.storageUris)
    .filter((one) => typeof one.uri === 'string')
    .map((one) => ({
      mountPath: typeof one.mountPath === 'string' ? one.mountPath : MODEL_FOLDER,
      uri: one.uri as string,
    }));
}

/** What of an environment the storage initializer reads. */
function storageEnvironment(variables: ComponentPlan['env']): Record<string, string> {
  const found = variables.flatMap((one) =>
    'value' in one && one.name.startsWith('STORAGE_') && one.name !== 'STORAGE_URI'
      ? [[one.name, one.value] as const]
      : [],
  );
  return Object.fromEntries(found);
}

function quantities(value: unknown): Record<string, string> {
  if (!isObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, one]) =>
      typeof one === 'string' || typeof one === 'number' ? [[name, String(one)] as const] : [],
    ),
  );
}

function texts(value: unknown): Record<string, string> {
  if (!isObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, one]) => (typeof one === 'string' ? [[key, one] as const] : [])),
  );
}

function failed(reason: string, kserveReason: FailureReason, message: string): PlanOutcome {
  return { failure: { reason, kserveReason, message }, explanation: '', warnings: [], withoutEffect: [] };
}

import { PREDICTOR_CONTAINER } from '../inference-service/components.ts';
import type { EnvVar, InferenceService, ModelSpec } from '../inference-service/types.ts';
import type { ObjectMeta } from '../meta/object-meta.ts';
import type { ServingRuntime } from '../serving-runtime/types.ts';
import { engineForFormat, engineOf, type RuntimeFlavour, serverTypeOf } from './engines.ts';
import { expandVariables, fillPlaceholders, mergeEnvironment, PlaceholderError } from './placeholders.ts';
import type { PlanFailure } from './plan.ts';
import { readRuntimeArguments } from './runtime-arguments.ts';

/** Formats that have no engine in Berth yet, and what would run them. */
const WITHOUT_ENGINE: ReadonlyMap<string, string> = new Map([
  ['tensorflow', 'a TensorFlow SavedModel'],
  ['pytorch', 'a PyTorch model'],
  ['pmml', 'PMML'],
  ['paddle', 'a Paddle model'],
  ['huggingface', 'a Hugging Face model'],
  ['vLLM', 'a model for vLLM'],
  ['mlflow', 'an MLflow model'],
  ['autogluon', 'an AutoGluon model'],
  ['tensorrt', 'a TensorRT engine'],
]);

/** MLServer's implementation classes by model format (kserve constants MLServerModelClass*). */
const MLSERVER_CLASSES: ReadonlyMap<string, string> = new Map([
  ['xgboost', 'mlserver_xgboost.XGBoostModel'],
  ['lightgbm', 'mlserver_lightgbm.LightGBMModel'],
  ['mlflow', 'mlserver_mlflow.MLflowRuntime'],
]);

/** The runtime with the service merged over it, as far as it concerns serving in this process. */
export interface ResolvedRuntime {
  readonly flavour: RuntimeFlavour;
  readonly modelName: string | undefined;
  readonly predictProba: boolean;
  readonly threads: number;
  readonly args: readonly string[];
  readonly env: ReadonlyMap<string, string>;
  readonly warnings: readonly string[];
}

/** Merges runtime and service as KServe does (args: the runtime's, then the service's; env: by name) and picks the engine. */
export function resolveRuntime(
  isvc: InferenceService,
  model: ModelSpec,
  runtime: ServingRuntime,
): ResolvedRuntime | { readonly failure: PlanFailure } {
  const serverType = serverTypeOf(runtime);
  const format = model.modelFormat.name;
  const warnings: string[] = [];
  const container = runtime.spec.containers.find((one) => one.name === PREDICTOR_CONTAINER);
  if (container === undefined) {
    return fail(
      'InvalidPredictorSpec',
      `the runtime ${runtime.metadata.name} has no container named ${PREDICTOR_CONTAINER}`,
    );
  }
  let engine = serverType === undefined ? undefined : engineOf(serverType);
  if (engine === undefined) {
    engine = engineForFormat(format);
    if (engine !== undefined) {
      warnings.push(
        `the image ${container.image ?? '(none)'} of ${runtime.metadata.name} is not run; Berth evaluates ${format} itself`,
      );
    }
  }
  if (engine === undefined || !engine.formats.includes(format)) {
    return fail('EngineMissing', missingEngine(format, runtime, model));
  }
  warnings.push(...engineWarnings(model, container.command));
  const metadata = defaultedMetadata(isvc, model, serverType);
  try {
    const merged = merge(metadata, model, container, serverType);
    warnings.push(...merged.warnings);
    const settings = nativeSettings(engine.flavour, merged.args, merged.env, isvc.metadata.name);
    return { ...settings, flavour: engine.flavour, args: merged.args, env: merged.env, warnings };
  } catch (thrown) {
    if (!(thrown instanceof PlaceholderError)) throw thrown;
    return fail(
      'InvalidPredictorSpec',
      `the runtime ${runtime.metadata.name} has a wrong placeholder: ${thrown.message}`,
    );
  }
}

function merge(
  metadata: ObjectMeta,
  model: ModelSpec,
  container: { args?: string[]; env?: EnvVar[] },
  serverType: string | undefined,
) {
  const warnings: string[] = [];
  const fill = (text: string) => fillPlaceholders(text, metadata);
  const runtimeEnv = (container.env ?? []).map((one) =>
    typeof one.value === 'string' ? { ...one, value: fill(one.value) } : one,
  );
  const defaults: EnvVar[] =
    serverType === 'mlserver'
      ? [
          { name: 'MLSERVER_MODEL_NAME', value: metadata.name },
          { name: 'MLSERVER_MODEL_URI', value: '/mnt/models' },
        ]
      : [];
  const { env, unresolved } = mergeEnvironment([runtimeEnv, defaults, model.env ?? []]);
  for (const name of unresolved) warnings.push(`the variable ${name} has valueFrom, which is not resolved yet`);
  const args = [...(container.args ?? []).map(fill), ...(model.args ?? [])].map((one) => expandVariables(one, env));
  const { unknown } = readRuntimeArguments(model.args ?? []);
  if (unknown.length > 0)
    warnings.push(`nothing reads the argument(s) ${unknown.map((one) => one.slice(0, 100)).join(' ')}`);
  return { args, env, warnings };
}

/** What the arguments and the environment of a peer's server say of the model, as Berth's own server takes it. */
export function nativeSettings(
  flavour: RuntimeFlavour,
  args: readonly string[],
  env: ReadonlyMap<string, string>,
  serviceName: string,
): Pick<ResolvedRuntime, 'modelName' | 'predictProba' | 'threads'> {
  const { values } = readRuntimeArguments(args);
  const threads = Number(values.get('nthread') ?? '1');
  const named = flavour === 'mlserver' ? env.get('MLSERVER_MODEL_NAME') : values.get('model_name');
  return {
    modelName: flavour === 'triton' ? undefined : (named ?? serviceName),
    predictProba: (env.get('PREDICT_PROBA') ?? 'false').toLowerCase() === 'true',
    threads: Number.isInteger(threads) && threads > 0 ? threads : 1,
  };
}

function engineWarnings(model: ModelSpec, command: string[] | undefined): string[] {
  const warnings: string[] = [];
  const own = model.command ?? command;
  if (own !== undefined && own !== null) warnings.push(`the command ${own.join(' ').slice(0, 200)} is not run`);
  if (typeof model.image === 'string')
    warnings.push(`the image ${model.image.slice(0, 200)} is not run; Berth evaluates the model itself`);
  if (typeof model.runtimeVersion === 'string') {
    warnings.push(`runtimeVersion ${model.runtimeVersion.slice(0, 50)} is an image's tag and has no effect here`);
  }
  return warnings;
}

/** The metadata that templates see: KServe's webhook adds an annotation and, for two servers, a label. */
export function defaultedMetadata(
  isvc: InferenceService,
  model: ModelSpec,
  serverType: string | undefined,
): ObjectMeta {
  const format = model.modelFormat.name;
  const labels: Record<string, string> = { ...isvc.metadata.labels };
  if (serverType === 'mlserver') labels.modelClass = MLSERVER_CLASSES.get(format) ?? 'mlserver_sklearn.SKLearnModel';
  if (serverType === 'torchserve')
    labels.serviceEnvelope = model.protocolVersion?.endsWith('v2') ? 'kservev2' : 'kserve';
  const annotations = { modelFormat: format, ...isvc.metadata.annotations };
  return { ...isvc.metadata, namespace: isvc.metadata.namespace ?? 'default', labels, annotations };
}

/** What is missing to serve the format natively, in words. */
export function missingEngine(format: string, runtime: ServingRuntime, model: ModelSpec): string {
  const what = WITHOUT_ENGINE.get(format) ?? `model format "${format}"`;
  const image = runtime.spec.containers[0]?.image ?? 'its image';
  const version =
    typeof model.runtimeVersion === 'string' ? ` (runtimeVersion ${model.runtimeVersion.slice(0, 50)})` : '';
  return `${runtime.metadata.name} would run ${what} in the image ${image}${version}; Berth has no engine for it yet. It evaluates sklearn, xgboost, lightgbm and onnx itself`;
}

function fail(reason: string, message: string): { failure: PlanFailure } {
  const kserveReason = reason === 'InvalidPredictorSpec' ? 'InvalidPredictorSpec' : 'RuntimeUnhealthy';
  return { failure: { reason, kserveReason, message } };
}

import { posix } from 'node:path';
import { isObject, type Resource } from '@berth/api';
import type { ComponentPlan, PlanOutcome } from '@berth/control';
import { resolveCredentials, type SecretSource, schemeOf, storageProblem } from '@berth/storage';
import type { ModelPlace, Need, PredictorCheck, Verdict } from './service-check.ts';

/** What stands beside the services in the input. */
export interface CheckInput {
  /** A resource that belongs to a namespace. */
  find(kind: string, namespace: string, name: string): Resource | undefined;
  /** How many TrainedModels are meant for a service. */
  trainedModels(namespace: string, service: string): number;
}

/** Programs that need libraries of Python to do anything for a model. */
const PYTHON = /^(python\d*(\.\d+)?|pip\d*|uv|uvx|uvicorn|gunicorn|ray|mlserver|torchserve|bentoml|vllm|mlflow|conda)$/;

/** Contents that a Triton repository may have by its name, and that have no engine. */
const TRITON_CONTENTS: readonly (readonly [RegExp, string])[] = [
  [/torchscript|pytorch|libtorch/i, 'TorchScript'],
  [/tensorflow|savedmodel|graphdef/i, 'TensorFlow'],
  [/tensorrt|trt/i, 'TensorRT'],
];

/** What becomes of a planned predictor. */
export function judgePredictor(
  outcome: PlanOutcome,
  builtIn: boolean,
  annotations: Readonly<Record<string, string>>,
  input: CheckInput,
  variant: string | undefined,
): PredictorCheck {
  const { plan, failure, runtime, explanation } = outcome;
  const known = {
    ...(variant === undefined ? {} : { variant }),
    ...(runtime === undefined ? {} : { runtime: { ...runtime, builtIn } }),
    because: explanation,
  };
  if (plan === undefined) {
    const { reason, message } = failure ?? { reason: 'InvalidPredictorSpec', message: 'there is no plan for it' };
    return { ...known, verdict: 'cannot-run', reason, message, models: [], needs: [], unknown: [] };
  }
  const needs: Need[] = [...objectNeeds(plan, input)];
  const models = plan.models.map((model) => modelPlace(plan, model, annotations, input, needs));
  if (plan.models.length === 0 && plan.runner.kind === 'native') needs.push(...trainedModelNeeds(plan, input));
  const run = judgeRunner(plan);
  needs.push(...run.needs);
  const broken = models.find((one) => one.problem !== undefined);
  const engine = plan.runner.kind === 'native' ? missingTritonEngine(plan) : undefined;
  const problem: Pick<PredictorCheck, 'verdict' | 'reason' | 'message'> =
    broken !== undefined
      ? { verdict: 'cannot-run', reason: broken.reason ?? 'StorageNotSupported', message: broken.problem as string }
      : engine !== undefined
        ? { verdict: 'cannot-run', reason: 'EngineMissing', message: engine }
        : {
            verdict: run.verdict,
            ...(run.reason === undefined ? {} : { reason: run.reason }),
            ...(run.message === undefined ? {} : { message: run.message }),
          };
  return {
    ...known,
    ...problem,
    protocol: plan.protocol,
    runner: run.runner,
    models,
    needs,
    unknown: problem.verdict === 'native' ? unknownOf(plan) : [],
  };
}

interface RunnerJudgement {
  readonly verdict: Verdict;
  readonly reason?: string;
  readonly message?: string;
  readonly runner: NonNullable<PredictorCheck['runner']>;
  readonly needs: readonly Need[];
}

function judgeRunner({ runner }: ComponentPlan): RunnerJudgement {
  switch (runner.kind) {
    case 'native': {
      const { format, flavour } = runner;
      return { verdict: 'native', runner: { kind: 'native', format, flavour }, needs: [] };
    }
    case 'command': {
      const program = runner.command[0]?.slice(0, 200) ?? '';
      const isPython = PYTHON.test(posix.basename(program));
      const module = runner.command[1] === '-m' ? (runner.command[2] ?? '').slice(0, 200) : '';
      const message = isPython
        ? `its command is run as it is: ${program}${module === '' ? '' : ` with ${module}`} and its libraries must be on this machine`
        : `its command is run as it is: ${program} must be on this machine`;
      return {
        verdict: isPython ? 'needs-library' : 'needs-program',
        message,
        runner: { kind: 'command', program },
        needs: [
          { kind: 'Program', name: program, what: 'the program that its command starts' },
          ...(module === '' ? [] : [{ kind: 'Library' as const, name: module, what: 'the module that is run' }]),
        ],
      };
    }
    default: {
      const image = runner.image.slice(0, 300);
      const message = `the image ${image} is run by podman, docker or nerdctl; without one the service stays Ready=False`;
      return {
        verdict: 'needs-image',
        reason: 'NeedsContainerEngine',
        message,
        runner: { kind: 'container', image },
        needs: [{ kind: 'Image', name: image, what: 'pulled and run by a container engine' }],
      };
    }
  }
}

function modelPlace(
  plan: ComponentPlan,
  model: ComponentPlan['models'][number],
  annotations: Readonly<Record<string, string>>,
  input: CheckInput,
  needs: Need[],
): ModelPlace {
  if (model.uri !== undefined) return placeOfUri(model.uri, input, plan.namespace, needs);
  const secretName = annotations['serving.kserve.io/storageSecretName'] ?? 'storage-config';
  const secret = input.find('Secret', plan.namespace, secretName);
  if (secret === undefined) {
    needs.push({ kind: 'Secret', name: secretName, what: 'where the storage block finds its keys' });
    return { from: 'storage-config' };
  }
  const read = resolveCredentials({
    annotations,
    secret: (name) => input.find('Secret', plan.namespace, name)?.object as unknown as SecretSource | undefined,
    configMap: () => undefined,
    storage: model.storage,
    env: plan.storageEnv,
  });
  if (read.error !== undefined)
    return { from: 'storage-config', reason: read.error.reason, problem: read.error.message };
  return read.uri === undefined
    ? { from: 'storage-config' }
    : { ...placeOfUri(read.uri, input, plan.namespace, needs), from: 'storage-config' };
}

function placeOfUri(uri: string, input: CheckInput, namespace: string, needs: Need[]): ModelPlace {
  const shown = uri.slice(0, 2000);
  const problem = storageProblem(uri);
  const scheme = schemeOf(uri).toLowerCase();
  if (problem !== undefined) return { uri: shown, from: 'download', reason: 'StorageNotSupported', problem };
  if (scheme === '' || scheme === 'file') return { uri: shown, from: 'local' };
  if (scheme !== 'pvc') return { uri: shown, from: 'download' };
  const claim = /^pvc:\/\/([^/]{1,253})/.exec(uri)?.[1] ?? '';
  const annotations = input.find('PersistentVolumeClaim', namespace, claim)?.object.metadata;
  const folder = isObject(annotations) && isObject(annotations.annotations) ? annotations.annotations : {};
  if (typeof folder['berth.dev/folder'] !== 'string') {
    const what = `the folder that stands for the claim: berth up --volume ${claim}=FOLDER`;
    needs.push({ kind: 'Volume', name: claim, what });
  }
  return { uri: shown, from: 'volume' };
}

/** Secrets and ConfigMaps that the environment is made of, and are not in the input. */
function objectNeeds(plan: ComponentPlan, input: CheckInput): Need[] {
  const needs = new Map<string, Need>();
  const add = (kind: 'Secret' | 'ConfigMap', name: string, what: string) => {
    if (input.find(kind, plan.namespace, name) === undefined) needs.set(`${kind} ${name}`, { kind, name, what });
  };
  for (const variable of plan.env) {
    if (!('from' in variable) || variable.from.kind === 'field' || variable.from.kind === 'resource') continue;
    if (!variable.from.optional) {
      add(variable.from.kind, variable.from.name, `its key ${variable.from.key} is the variable ${variable.name}`);
    }
  }
  for (const all of plan.envFrom) if (!all.optional) add(all.kind, all.name, 'its keys become variables');
  const account = plan.serviceAccountName;
  const isNamed = account !== undefined && account !== 'default';
  if (isNamed && input.find('ServiceAccount', plan.namespace, account) === undefined) {
    const what = 'its Secrets are what the model is downloaded with';
    needs.set('ServiceAccount', { kind: 'ServiceAccount', name: account, what });
  }
  return [...needs.values()];
}

function trainedModelNeeds(plan: ComponentPlan, input: CheckInput): Need[] {
  if (input.trainedModels(plan.namespace, plan.service) > 0) return [];
  const what = 'the predictor has no model of its own and serves the TrainedModels that name it; none is in the input';
  return [{ kind: 'Models', name: 'TrainedModel', what }];
}

function missingTritonEngine(plan: ComponentPlan): string | undefined {
  if (plan.runner.kind !== 'native' || plan.runner.format !== 'triton') return undefined;
  const uri = plan.models[0]?.uri?.slice(0, 2000) ?? '';
  if (/onnx/i.test(uri)) return undefined;
  const contents = TRITON_CONTENTS.find(([pattern]) => pattern.test(uri))?.[1];
  if (contents === undefined) return undefined;
  return `a Triton repository is served where its models are ONNX; ${contents}, which this one holds by its name (${uri}), has no engine yet`;
}

const UNKNOWN: ReadonlyMap<string, string> = new Map([
  ['sklearn', 'whether every class in the file has a native evaluator (berth inspect tells; docs/estimators.md)'],
  ['xgboost', 'whether the file holds a booster and an objective that are evaluated (berth inspect tells)'],
  ['lightgbm', 'whether the file holds an objective that is evaluated (berth inspect tells)'],
  ['onnx', 'whether ONNX Runtime has every operator of the graph (berth inspect tells)'],
  ['triton', 'whether every model of the repository is ONNX (berth inspect tells)'],
]);

function unknownOf(plan: ComponentPlan): string[] {
  if (plan.runner.kind !== 'native') return [];
  const text = UNKNOWN.get(plan.runner.format);
  return [text ?? 'which format the files have (berth inspect tells)'];
}

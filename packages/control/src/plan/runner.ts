import { type Container, type Engine, engineOf, type ServingRuntime, serverTypeOfImage } from '@berth/api';
import type { ContainerPort } from '../substrate/substrate.ts';
import type { RunnerPlan } from './component-plan.ts';
import { objects, strings } from './merge-container.ts';

/** How a container is run, and what to say about it. */
export interface RunnerChoice {
  readonly runner: RunnerPlan;
  readonly warnings: readonly string[];
}

/** What decides how the container of a runtime is run. */
export interface RuntimeFacts {
  readonly runtime: ServingRuntime;
  readonly isBuiltIn: boolean;
  readonly serverType: string | undefined;
  readonly format: string;
  /** Runtime and service merged. */
  readonly container: Container;
  /** The service's own. */
  readonly ownCommand: readonly string[];
  readonly ownImage: string | undefined;
  readonly runtimeVersion: string | undefined;
  readonly isMultiModel: boolean;
}

/**
 * The runner of a model's runtime. In this order: a command of the user's is run as it is; a built-in runtime, or a peer's
 * image, is served natively where Berth evaluates the format; any other image goes to a container engine.
 * Undefined where a built-in runtime serves a format that has no engine.
 */
export function runnerOfRuntime(facts: RuntimeFacts): RunnerChoice | undefined {
  const { container, format } = facts;
  const command = facts.isBuiltIn ? facts.ownCommand : strings(container.command);
  if (command.length > 0) return { runner: commandRunner(container, command), warnings: [] };
  const image = container.image ?? '';
  const serverType = facts.ownImage === undefined ? facts.serverType : serverTypeOfImage(facts.ownImage);
  const engine = serverType === undefined ? undefined : engineOf(serverType);
  if (engine?.formats.includes(format)) {
    const warnings: string[] = [];
    if (!facts.isBuiltIn && serverTypeOfImage(image) === undefined) {
      warnings.push(`the image ${image.slice(0, 200)} is not run; Berth's own server does what a ${serverType} does`);
    }
    return { runner: nativeRunner(engine, format, container, facts.isMultiModel), warnings };
  }
  if (facts.isBuiltIn && facts.ownImage === undefined) return undefined;
  return { runner: containerRunner(container, withTag(image, facts.runtimeVersion)), warnings: [] };
}

/** The runner of a predictor's own container. `hasModels`: its files come from a storage, not from its image. */
export function runnerOfContainer(
  container: Container,
  env: ReadonlyMap<string, string>,
  hasModels: boolean,
  isMultiModel: boolean,
): RunnerChoice {
  const command = strings(container.command);
  if (command.length > 0) return { runner: commandRunner(container, command), warnings: [] };
  const image = container.image ?? '';
  const serverType = serverTypeOfImage(image);
  const engine = serverType === undefined ? undefined : engineOf(serverType);
  if (engine !== undefined && engine.formats.length > 0 && hasModels) {
    const format = formatOf(serverType as string, engine, strings(container.args), env);
    return { runner: nativeRunner(engine, format, container, isMultiModel), warnings: [] };
  }
  return { runner: containerRunner(container, image), warnings: [] };
}

/** MLServer's implementation classes by model format. */
const MLSERVER_FORMATS: readonly (readonly [RegExp, string])[] = [
  [/sklearn/i, 'sklearn'],
  [/xgboost/i, 'xgboost'],
  [/lightgbm/i, 'lightgbm'],
];

function formatOf(
  serverType: string,
  engine: Engine,
  args: readonly string[],
  env: ReadonlyMap<string, string>,
): string {
  if (serverType === 'tritonserver') return 'triton';
  if (engine.formats.length === 1) return engine.formats[0] as string;
  const declared =
    serverType === 'mlserver'
      ? env.get('MLSERVER_MODEL_IMPLEMENTATION')
      : args.map((one) => /^--framework=(\w{1,50})$/.exec(one)?.[1]).find((one) => one !== undefined);
  if (declared === undefined) return '';
  return MLSERVER_FORMATS.find(([pattern]) => pattern.test(declared.slice(0, 200)))?.[1] ?? '';
}

function nativeRunner(engine: Engine, format: string, container: Container, multiModel: boolean): RunnerPlan {
  return { kind: 'native', format, flavour: engine.flavour, multiModel, args: strings(container.args) };
}

function commandRunner(container: Container, command: readonly string[]): RunnerPlan {
  return { kind: 'command', command: [...command], args: strings(container.args), ports: portsOf(container) };
}

function containerRunner(container: Container, image: string): RunnerPlan {
  return { kind: 'container', image, args: strings(container.args), ports: portsOf(container) };
}

function portsOf(container: Container): ContainerPort[] {
  return objects(container.ports)
    .filter((one) => typeof one.containerPort === 'number')
    .map((one) => ({
      ...(typeof one.name === 'string' ? { name: one.name } : {}),
      containerPort: one.containerPort as number,
    }));
}

/** KServe's rule: runtimeVersion takes the place of the image's tag, unless a digest pins it. */
function withTag(image: string, version: string | undefined): string {
  if (version === undefined || version === '' || image.includes('@sha256:')) return image;
  const slash = image.lastIndexOf('/');
  const colon = image.indexOf(':', slash + 1);
  return `${colon === -1 ? image : image.slice(0, colon)}:${version}`;
}

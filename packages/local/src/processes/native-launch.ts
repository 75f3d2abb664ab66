import { join } from 'node:path';
import { quantityValue } from '@berth/api';
import type { NativeRunner, Workload } from '@berth/control';
import { DEFAULT_PATH } from './find-program.ts';
import { LaunchRefused } from './launch-plan.ts';
import { modelMount } from './model-path.ts';

/** What starts Berth's own server. */
export interface NativeProgram {
  /** The Node binary. */
  readonly node: string;
  /** Path of the `berth` launcher. */
  readonly cli: string;
  /** Variables of the platform's own for it, e.g. to run the bundle. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The words and the environment of a native replica. */
export interface NativeCommand {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly notes: readonly string[];
}

/** The socket of a replica in its folder; short, since the path of a socket is bounded. */
export const SOCKET_NAME = 's';

/** Formats that the server takes by name; a repository in Triton's layout says itself what it holds. */
const FORMATS: ReadonlySet<string> = new Set(['sklearn', 'xgboost', 'lightgbm', 'onnx']);
const FLAVOURS: ReadonlySet<string> = new Set(['kserve', 'mlserver', 'triton']);

/**
 * Variables with which a service could run code of its own in our server, or change what the platform decides: a native
 * replica reads a model and nothing else.
 */
const REFUSED_VARIABLE = /^(NODE_|BERTH_|LD_|DYLD_|OPENSSL_|UV_)/i;
const ALLOWED: ReadonlySet<string> = new Set(['BERTH_LOG_LEVEL', 'BERTH_ACCESS_LOG']);

/**
 * The command line of `berth serve` for a workload.
 * @throws LaunchRefused where there is no model
 */
export function nativeCommand(
  workload: Workload,
  runner: NativeRunner,
  program: NativeProgram,
  folder: string,
  modelPath?: string,
): NativeCommand {
  const path = modelPath ?? modelMount(workload)?.path;
  if (path === undefined) {
    throw new LaunchRefused('InvalidPredictorSpec', 'the predictor has no model: give it a storageUri', {
      isFinal: true,
    });
  }
  const notes: string[] = [];
  const env: Record<string, string> = { PATH: DEFAULT_PATH, HOME: '/', LANG: 'C.UTF-8' };
  for (const [name, value] of Object.entries(workload.env)) {
    if (REFUSED_VARIABLE.test(name) && !ALLOWED.has(name))
      notes.push(`the variable ${name} is not given to Berth's own server`);
    else env[name] = value;
  }
  Object.assign(env, program.env);
  const memory = heapLimit(workload.limits.memory);
  const words = [
    program.node,
    ...(memory === undefined ? [] : [`--max-old-space-size=${memory}`]),
    program.cli,
    'serve',
    path,
    '--socket',
    join(folder, SOCKET_NAME),
    '--replica',
    ...(runner.multiModel ? ['--multi-model'] : []),
    ...(runner.modelName === undefined || runner.multiModel ? [] : ['--name', runner.modelName]),
    ...(FORMATS.has(runner.format) && !runner.multiModel ? ['--format', runner.format] : []),
    ...(FLAVOURS.has(runner.flavour) ? ['--flavour', runner.flavour] : []),
    ...(runner.predictProba ? ['--predict-proba'] : []),
    ...(runner.threads > 1 ? ['--nthread', String(runner.threads)] : []),
    '--drain-timeout',
    `${Math.max(1, workload.terminationGraceSeconds - 1)}s`,
    '--cache-dir',
    join(folder, 'cache'),
  ];
  return { command: words, env, notes };
}

/** MiB of V8's heap for a container's memory limit: the rest is for buffers, code and the engine. */
function heapLimit(memory: string | undefined): number | undefined {
  const bytes = memory === undefined ? undefined : quantityValue(memory);
  if (bytes === undefined) return undefined;
  return Math.max(32, Math.floor((bytes / 2 ** 20) * 0.75));
}

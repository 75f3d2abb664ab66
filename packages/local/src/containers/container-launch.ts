import { createHash, randomBytes } from 'node:crypto';
import { statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { quantityValue } from '@berth/api';
import type { ContainerRunner, ModelMount, Workload } from '@berth/control';
import { servingPorts } from '../processes/container-ports.ts';
import { freePorts } from '../processes/free-port.ts';
import { type LaunchPlan, LaunchRefused } from '../processes/launch-plan.ts';
import { systemProgram } from '../processes/launch-prefix.ts';
import { type ContainerEngine, runEngine } from './engine.ts';

/**
 * Starts the engine's client in the place of the shell, and beside it a process that removes the container when the
 * standard input ends: the client's container would outlive a client that is killed.
 */
const SCRIPT = `setsid=$1 engine=$2 runtime=$3 name=$4; shift 4
exec 3<&0
"$setsid" /bin/sh -c 'cat >/dev/null; "$1" $2 rm -f -v "$3"' berth "$engine" "$runtime" "$name" <&3 >/dev/null 2>&1 &
exec "$engine" $runtime "$@" </dev/null 3<&-
`;

/** Variables that the client itself acts on: the container's values of them must not reach it. */
const CLIENT_VARIABLE =
  /^(PATH|HOME|USER|TMPDIR|SHELL|XDG_|DOCKER|CONTAINER|REGISTRY|STORAGE|PODMAN|NERDCTL|CNI|NETAVARK|BUILDAH|LD_|GO|DBUS|_$|.*_PROXY$|.*_proxy$)/;
const IMAGE_MS = 10_000;

/** The label that names the platform whose container it is. */
export function platformLabel(stateFolder: string): string {
  return `dev.berth.platform=${createHash('sha256').update(stateFolder).digest('hex').slice(0, 16)}`;
}

/**
 * A container of an image: its ports are published on loopback, the model is mounted, its environment comes through the
 * client's, not through its arguments.
 * @throws LaunchRefused
 */
export async function containerLaunch(
  workload: Workload,
  runner: ContainerRunner,
  folder: string,
  engine: ContainerEngine,
  stateFolder: string,
  clientEnv: Readonly<Record<string, string>>,
): Promise<LaunchPlan> {
  const ports = servingPorts(runner.ports);
  const numbers = await freePorts(ports.all.length);
  const published = ports.all.map(({ containerPort, name }, index) => ({
    port: containerPort,
    ...(name === undefined ? {} : { name }),
    address: { host: '127.0.0.1', port: numbers[index] as number },
  }));
  const addressOf = (port: number) =>
    published.find((one) => one.port === port)?.address as { host: string; port: number };
  const name = `berth-${workload.service}-${randomBytes(4).toString('hex')}`.replace(/[^A-Za-z0-9_.-]/g, '-');
  const environment = environmentOf({ PORT: String(ports.http), ...workload.env }, folder);
  const [entrypoint, ...words] = runner.command ?? [];
  const args = [
    'run',
    '--rm',
    '--name',
    name,
    '--label',
    platformLabel(stateFolder),
    '--security-opt',
    'no-new-privileges',
    ...engine.run,
    ...published.flatMap(({ port, address }) => ['--publish', `127.0.0.1:${address.port}:${port}`]),
    ...workload.mounts.flatMap((mount) => ['--mount', mountOption(mount)]),
    ...resourceOptions(workload.limits),
    ...environment.options,
    ...(workload.workingDir === undefined ? [] : ['--workdir', workload.workingDir]),
    ...(entrypoint === undefined ? [] : ['--entrypoint', entrypoint]),
    await imageName(runner.image, engine),
    ...words,
    ...runner.args,
  ];
  const setsid = systemProgram('setsid');
  const command =
    setsid === undefined
      ? [engine.program, ...engine.global, ...args]
      : ['/bin/sh', '-c', SCRIPT, 'berth', setsid, engine.program, engine.global.join(' '), name, ...args];
  return {
    command,
    env: { ...clientEnv, ...environment.client },
    cwd: '/',
    endpoint: {
      http: addressOf(ports.http),
      ...(ports.grpc === undefined ? {} : { grpc: addressOf(ports.grpc) }),
    },
    ports: published,
    inside: [engine.program, ...engine.global, 'exec', name],
    folder,
    notes: [],
    isExclusive: false,
    container: { engine: engine.program, name },
  };
}

/** By name through the client's environment; what the client would act on, through a file that only it can read. */
function environmentOf(
  env: Readonly<Record<string, string>>,
  folder: string,
): { options: string[]; client: Record<string, string> } {
  const options: string[] = [];
  const client: Record<string, string> = {};
  const lines: string[] = [];
  for (const [name, value] of Object.entries(env)) {
    if (CLIENT_VARIABLE.test(name)) {
      if (value.includes('\n')) {
        throw new LaunchRefused(
          'InvalidPredictorSpec',
          `the variable ${name} has several lines, which no engine can be given`,
          { isFinal: true },
        );
      }
      lines.push(`${name}=${value}`);
    } else {
      client[name] = value;
      options.push('--env', name);
    }
  }
  if (lines.length > 0) {
    const file = join(folder, 'env');
    writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o600 });
    options.push('--env-file', file);
  }
  return { options, client };
}

function mountOption({ path, mountPath, readOnly }: ModelMount): string {
  const target =
    statSync(path, { throwIfNoEntry: false })?.isFile() === true ? join(mountPath, basename(path)) : mountPath;
  if (`${path}${target}`.includes(',')) {
    throw new LaunchRefused(
      'InvalidPredictorSpec',
      `${path} can not be mounted at ${target}: a path must not hold a comma`,
      {
        isFinal: true,
      },
    );
  }
  return `type=bind,source=${path},target=${target}${readOnly ? ',readonly' : ''}`;
}

function resourceOptions(limits: Readonly<Record<string, string>>): string[] {
  const memory = quantityValue(limits.memory ?? '');
  const cpu = quantityValue(limits.cpu ?? '');
  return [
    ...(memory === undefined || memory <= 0 ? [] : ['--memory', String(Math.floor(memory))]),
    ...(cpu === undefined || cpu <= 0 ? [] : ['--cpus', String(cpu)]),
  ];
}

/** podman has no registry for names without one; Kubernetes means Docker's, unless the image is here already. */
async function imageName(image: string, engine: ContainerEngine): Promise<string> {
  const first = image.split('/')[0] as string;
  const hasRegistry = image.includes('/') && (/[.:]/.test(first) || first === 'localhost');
  if (engine.name !== 'podman' || hasRegistry) return image;
  const local = await runEngine(engine.program, ['image', 'exists', image], IMAGE_MS);
  if (local.isOk) return image;
  return image.includes('/') ? `docker.io/${image}` : `docker.io/library/${image}`;
}

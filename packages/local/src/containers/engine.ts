import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { findProgram } from '../processes/find-program.ts';

/** A container engine of this machine that answers. */
export interface ContainerEngine {
  readonly name: 'podman' | 'docker' | 'nerdctl';
  readonly program: string;
  /** Words between the program and its command. */
  readonly global: readonly string[];
  /** Options of `run` that this machine needs. */
  readonly run: readonly string[];
}

/** The engine, or why there is none. */
export type EngineSearch = { readonly engine: ContainerEngine } | { readonly problem: string };

/**
 * Variables by which an engine's client finds its daemon, its folders and the user's credentials for registries: a
 * rootless or remote engine is found by nothing else.
 */
export const ENGINE_VARIABLES = [
  'HOME',
  'XDG_RUNTIME_DIR',
  'XDG_DATA_HOME',
  'XDG_CONFIG_HOME',
  'DBUS_SESSION_BUS_ADDRESS',
  'DOCKER_HOST',
  'DOCKER_CONTEXT',
  'DOCKER_CONFIG',
  'DOCKER_CERT_PATH',
  'DOCKER_TLS_VERIFY',
  'CONTAINER_HOST',
  'REGISTRY_AUTH_FILE',
  'CONTAINERD_ADDRESS',
  'CONTAINERD_NAMESPACE',
] as const;

const NAMES = ['podman', 'docker', 'nerdctl'] as const;
const ANSWER_MS = 10_000;

/** Looks for an engine that works: one that is installed may have no daemon. `path` is where programs are looked for. */
export async function findEngine(path: string): Promise<EngineSearch> {
  const silent: string[] = [];
  for (const name of NAMES) {
    const program = findProgram(name, path, undefined);
    if (program === undefined) continue;
    const asked = await runEngine(program, ['version'], ANSWER_MS);
    if (!asked.isOk) {
      silent.push(`${name} is installed, but does not answer: ${lastLine(asked.output)}`);
      continue;
    }
    const needed = await needs(name, program);
    if (needed !== undefined) return { engine: { name, program, ...needed } };
    silent.push(
      `${name} is installed, but its runtime crun refuses machines with both versions of control groups, and runc is not there`,
    );
  }
  return { problem: silent.length === 0 ? 'this machine has none' : silent.join('; ') };
}

/** What an engine has to be told on this machine; undefined where nothing would help. */
async function needs(name: string, program: string): Promise<Pick<ContainerEngine, 'global' | 'run'> | undefined> {
  if (name !== 'podman') return { global: [], run: [] };
  const global = await otherRuntime(program);
  return global === undefined ? undefined : { global, run: [...slirp(), ...limits()] };
}

/** crun refuses machines with both versions of control groups mounted; runc does not. */
async function otherRuntime(program: string): Promise<string[] | undefined> {
  if (!isHybrid()) return [];
  const { output } = await runEngine(program, ['info', '--format', '{{.Host.OCIRuntime.Name}}'], ANSWER_MS);
  const runc = findProgram('runc', undefined, undefined);
  if (output.trim() !== 'crun') return [];
  return runc === undefined ? undefined : ['--runtime', runc];
}

/** Version 2 of control groups beside version 1, with controllers of its own. */
function isHybrid(): boolean {
  try {
    return readFileSync('/sys/fs/cgroup/unified/cgroup.controllers', 'latin1').trim() !== '';
  } catch {
    return false;
  }
}

/** A network that changes nothing of the machine's own (no bridge, no firewall rules), where it is there. */
function slirp(): string[] {
  return findProgram('slirp4netns', undefined, undefined) === undefined ? [] : ['--network', 'slirp4netns'];
}

/** podman asks for a million open files, which a root without CAP_SYS_RESOURCE does not get. */
function limits(): string[] {
  const wanted = [
    ['nofile', 'Max open files', 1_048_576],
    ['nproc', 'Max processes', 32_768],
  ] as const;
  let text: string;
  try {
    text = readFileSync('/proc/self/limits', 'latin1');
  } catch {
    return [];
  }
  return wanted.flatMap(([name, label, most]) => {
    const hard = Number(new RegExp(`^${label}\\s+\\S+\\s+(\\S+)`, 'm').exec(text)?.[1]);
    const value = Number.isFinite(hard) ? Math.min(hard, most) : most;
    return ['--ulimit', `${name}=${value}:${value}`];
  });
}

/** Runs an engine's command to its end; never rejects. */
export function runEngine(
  program: string,
  args: readonly string[],
  timeoutMs: number,
): Promise<{ readonly isOk: boolean; readonly output: string }> {
  return new Promise((resolve) => {
    execFile(program, [...args], { timeout: timeoutMs, killSignal: 'SIGKILL' }, (error, stdout, stderr) =>
      resolve({ isOk: error === null, output: error === null ? stdout : `${stderr || error.message}` }),
    );
  });
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.slice(0, 300) ?? '';
}

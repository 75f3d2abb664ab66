import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { systemProgram } from '../processes/launch-prefix.ts';

/** What this machine allows for keeping replicas apart. */
export interface Machine {
  /** Users of their own: the platform is root and may become others. */
  readonly hasUsers: boolean;
  /** Mount namespaces of their own; `user` where only inside of a user namespace. */
  readonly mounts: 'root' | 'user' | 'none';
  /** Network and process namespaces of their own, with a loopback that can be brought up. */
  readonly networks: boolean;
  /** Whether a network of its own can be given a way out, without a way to the machine's loopback. */
  readonly outward: boolean;
  readonly programs: Programs;
}

/** Absolute paths of the system's programs; undefined where there is none. */
export interface Programs {
  readonly setpriv: string | undefined;
  readonly unshare: string | undefined;
  readonly nsenter: string | undefined;
  readonly ip: string | undefined;
  readonly slirp: string | undefined;
}

const TRIAL_MS = 5_000;
const TRIAL = 'mount -t proc berth /proc && mount -t tmpfs berth /mnt';

/** Nothing is kept apart: another system, or told so. */
export const BARE_MACHINE: Machine = {
  hasUsers: false,
  mounts: 'none',
  networks: false,
  outward: false,
  programs: { setpriv: undefined, unshare: undefined, nsenter: undefined, ip: undefined, slirp: undefined },
};

/** Finds out what works by trying it: containers take rights away from root that no list tells. */
export async function examineMachine(): Promise<Machine> {
  if (process.platform !== 'linux') return BARE_MACHINE;
  const programs: Programs = {
    setpriv: systemProgram('setpriv'),
    unshare: systemProgram('unshare'),
    nsenter: systemProgram('nsenter'),
    ip: systemProgram('ip'),
    slirp: systemProgram('slirp4netns'),
  };
  const isRoot = process.getuid?.() === 0;
  const { setpriv, unshare, ip } = programs;
  const spaces = ['--mount', '--net', '--pid', '--fork', '--propagation', 'private', '/bin/sh', '-c'];
  const tries = async (command: string | undefined, args: readonly string[]) =>
    command !== undefined && (await succeeds(command, args));
  const script = ip === undefined ? TRIAL : `${TRIAL} && ${ip} link set lo up`;
  const [hasUsers, asRoot, asUser] = await Promise.all([
    isRoot &&
      tries(setpriv, [
        '--reuid',
        '1000000',
        '--regid',
        '1000000',
        '--clear-groups',
        '--no-new-privs',
        '--bounding-set',
        '-all',
        '--inh-caps',
        '-all',
        '--',
        '/bin/true',
      ]),
    isRoot && tries(unshare, [...spaces, script]),
    !isRoot && tries(unshare, ['--map-root-user', ...spaces, script]),
  ]);
  const mounts = asRoot ? 'root' : asUser ? 'user' : 'none';
  const networks = mounts !== 'none' && ip !== undefined;
  // Only root can stand in both networks at once.
  const outward =
    networks && asRoot && programs.slirp !== undefined && programs.nsenter !== undefined && existsSync('/dev/net/tun');
  return { hasUsers, mounts, networks, outward, programs };
}

function succeeds(command: string, args: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    execFile(command, [...args], { timeout: TRIAL_MS, env: {}, killSignal: 'SIGKILL' }, (error) =>
      resolve(error === null),
    );
  });
}

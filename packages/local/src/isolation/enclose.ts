import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { ModelMount } from '@berth/control';
import { BRIDGE_PROGRAM } from './bridge.ts';
import type { Machine } from './machine.ts';
import type { Opening } from './reach.ts';
import { INIT_SCRIPT, KEEP_NETWORK_SCRIPT, MOUNTS_SCRIPT } from './scripts.ts';

/** How a command is kept apart from the rest of the machine. */
export interface Enclosure {
  readonly uid?: number | undefined;
  /** What is seen elsewhere than where it lies. */
  readonly mounts: readonly ModelMount[];
  readonly openings: readonly Opening[];
  /** Folders that are seen empty. */
  readonly hidden: readonly string[];
  /** Files of control groups to join. */
  readonly joins?: readonly string[] | undefined;
  /** The working directory, as it is seen inside. */
  readonly cwd?: string | undefined;
  /** A network and processes of its own, with sockets that lead to ports of it. */
  readonly network?:
    | { readonly node: string; readonly sockets: readonly { readonly path: string; readonly port: number }[] }
    | undefined;
}

/** Entries of a folder that are shown again, each by a mount. */
const MAX_SHOWN = 500;

/** Folders that stand on every system and may be covered for a moment. */
const STAGES = ['/mnt', '/media', '/srv', '/opt', '/home', '/tmp'];

/**
 * The words that start a command inside of an enclosure.
 * @throws Error where a mount has no place to be
 */
export function enclose(machine: Machine, enclosure: Enclosure, command: readonly string[]): string[] {
  const { setpriv, unshare, ip, nsenter } = machine.programs;
  const words: string[] = [];
  const space = [
    ...(machine.mounts === 'user' ? ['--map-root-user'] : []),
    ...(enclosure.network === undefined ? [] : ['--net', '--pid', '--fork', '--kill-child=KILL']),
  ];
  const mounting = mountOperations(enclosure);
  const operations = [...(enclosure.joins ?? []).flatMap((file) => ['join', file]), ...mounting];
  if (enclosure.network !== undefined) {
    const { node, sockets } = enclosure.network;
    const slirp = machine.outward ? machine.programs.slirp : undefined;
    if (slirp !== undefined) words.push('/bin/sh', '-c', KEEP_NETWORK_SCRIPT, 'berth');
    words.push(
      unshare as string,
      '--mount',
      ...space,
      '--propagation',
      'private',
      '/bin/sh',
      '-c',
      INIT_SCRIPT,
      'berth',
    );
    words.push(ip as string, slirp ?? '', nsenter ?? '', node, BRIDGE_PROGRAM, String(sockets.length));
    words.push(...sockets.flatMap(({ path, port }) => [path, String(port)]), '--');
    // Mounts of the command alone: the bridge goes on seeing its socket's folder and Node.
    if (mounting.length > 0) words.push(unshare as string, '--mount', '--propagation', 'private');
  } else if (mounting.length > 0) {
    words.push(unshare as string, '--mount', ...space, '--propagation', 'private');
  }
  if (operations.length > 0) words.push('/bin/sh', '-c', MOUNTS_SCRIPT, 'berth', ...operations, '--');
  if (setpriv !== undefined && (enclosure.uid !== undefined || machine.mounts === 'user')) {
    words.push(...lowered(setpriv, enclosure.uid));
  }
  return [...words, ...command];
}

/** Without any right of root's, for good; as another user where one is given. */
export function lowered(setpriv: string, uid: number | undefined): string[] {
  return [
    setpriv,
    ...(uid === undefined ? [] : ['--reuid', String(uid), '--regid', String(uid), '--clear-groups']),
    '--no-new-privs',
    // Becoming another user has taken back what was asked for before.
    '--pdeathsig',
    'KILL',
    '--bounding-set',
    '-all',
    '--inh-caps',
    '-all',
    '--',
  ];
}

function mountOperations({ mounts, openings, hidden, cwd }: Enclosure): string[] {
  const operations: string[] = [];
  const covered = new Set<string>();
  for (const mount of mounts) {
    const { target, prepare } = mountPoint(mount, covered);
    operations.push(...prepare, 'bind', mount.path, target, mount.readOnly ? 'ro' : 'rw');
  }
  for (const { folder, names } of openings) {
    operations.push('open', folder, stageFor(folder), String(names.length), ...names);
  }
  for (const folder of hidden) operations.push('hide', folder);
  // Last, and before the rights are gone: it may lie in a mount.
  if (cwd !== undefined) operations.push('cd', cwd);
  return operations;
}

/** Where a mount goes, and what makes that place: a folder that is not there appears in this namespace alone. */
function mountPoint(mount: ModelMount, covered: Set<string>): { target: string; prepare: string[] } {
  const isFile = statSync(mount.path).isFile();
  if (isFile && statSync(mount.mountPath, { throwIfNoEntry: false })?.isFile() === true) {
    return { target: mount.mountPath, prepare: [] };
  }
  // A single file is put into the folder, as KServe's storage initializer does.
  const folder = mount.mountPath;
  const target = isFile ? join(folder, basename(mount.path)) : folder;
  const prepare: string[] = [];
  let existing = folder;
  while (!existsSync(existing)) existing = dirname(existing);
  const isThere = existing === folder;
  if (isThere && !isFile) return { target, prepare };
  const isCovered = [...covered].some((one) => existing === one || existing.startsWith(`${one}/`));
  if (!isCovered && existing !== '/' && (isThere || readdirSync(existing).length === 0)) {
    prepare.push('tmpfs', existing);
    covered.add(existing);
  } else if (!isCovered && existing !== '/') {
    // What lies beside it is shown again, in a folder that takes a new entry for this namespace alone.
    const names = readdirSync(existing);
    if (names.length > MAX_SHOWN) throw new Error(`${existing} has too many entries to put ${folder} beside them`);
    prepare.push('open', existing, stageFor(existing), String(names.length), ...names);
    covered.add(existing);
  }
  if (!isThere) prepare.push('folder', folder);
  if (isFile) prepare.push('file', target);
  return { target, prepare };
}

function stageFor(folder: string): string {
  const isApart = (stage: string) => !`${folder}/`.startsWith(`${stage}/`) && !`${stage}/`.startsWith(`${folder}/`);
  const found = STAGES.find((stage) => isApart(stage) && existsSync(stage));
  if (found === undefined) throw new Error(`there is no folder to show parts of ${folder} from`);
  return found;
}

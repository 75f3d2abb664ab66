import { chmodSync, chownSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { ModelMount, NativeRunner, Workload } from '@berth/control';
import { enclose } from '../isolation/enclose.ts';
import { isReadableTree, openingsFor, programRoot } from '../isolation/reach.ts';
import { copyForUser } from '../isolation/readable-copy.ts';
import { isReadableForOthers } from '../isolation/readable-mounts.ts';
import type { LaunchPlan } from './launch-plan.ts';
import type { LauncherOptions } from './launcher-options.ts';
import { limitGroup } from './limit-group.ts';
import { modelMount } from './model-path.ts';
import { type NativeCommand, type NativeProgram, nativeCommand, SOCKET_NAME } from './native-launch.ts';
import { isWithin } from './paths.ts';

const SHARED_USER_NOTE = 'it runs as the user of the platform, since no other user can read Berth itself';

/**
 * Berth's own server: as a user of its own where the platform is root, else in namespaces without the state in sight
 * where there are any, else as it is.
 */
export function prepareNative(
  options: LauncherOptions,
  workload: Workload,
  runner: NativeRunner,
  folder: string,
): LaunchPlan {
  const { machine, program, runFolder } = options;
  const own = [program.node, programRoot(program.cli), runFolder];
  const mount = modelMount(workload);
  if (machine.hasUsers) {
    const isClosed = machine.mounts !== 'root' && openingsFor(own).length > 0;
    if (!isClosed && isReadableTree(program.cli)) return asUser(options, workload, runner, folder, own);
    const plain = nativeCommand(workload, runner, program, folder);
    return planOf(plain.command, plain, folder, [SHARED_USER_NOTE]);
  }
  if (machine.networks && !runner.multiModel && mount !== undefined && existsSync(mount.path)) {
    return alone(options, workload, runner, folder, mount, own);
  }
  const plain = nativeCommand(workload, runner, program, folder);
  return planOf(plain.command, plain, folder);
}

/** As a user that nobody else is. */
function asUser(
  options: LauncherOptions,
  workload: Workload,
  runner: NativeRunner,
  folder: string,
  own: readonly string[],
): LaunchPlan {
  const { machine, users, groups, modelFolders } = options;
  const uid = users.uidOf(workload.namespace, workload.service);
  const place = ownPlace(folder, uid);
  const mount = modelMount(workload);
  const isThere = mount !== undefined && existsSync(mount.path);
  let shown: Shown = { mounts: [], modelPath: mount?.path };
  if (isThere && !runner.multiModel) {
    if (!isReadableForOthers(mount.path, machine)) {
      shown = { mounts: [], modelPath: copyForUser(mount.path, join(folder, 'm'), uid) };
    } else if (openingsFor([mount.path]).length > 0) {
      shown = showModel(mount, folder);
    }
  }
  const openings = openingsFor(isThere && runner.multiModel ? [...own, mount.path, ...modelFolders] : own);
  const native = nativeCommand(workload, runner, withCodeCache(options, uid), place, shown.modelPath);
  const limits = limitGroup(workload, folder, groups);
  const { mounts } = shown;
  const command = enclose(machine, { uid, mounts, openings, joins: limits.joins, hidden: [] }, native.command);
  const socket = { from: join(place, SOCKET_NAME), to: join(folder, SOCKET_NAME), uid };
  return {
    ...planOf(command, native, place, limits.notes),
    endpoint: { http: { path: socket.to } },
    folder,
    socket,
    ...limits.plan,
  };
}

/** As the only user there is, but with the state out of sight, and no other process nor network. */
function alone(
  { machine, program, stateFolder }: LauncherOptions,
  workload: Workload,
  runner: NativeRunner,
  folder: string,
  mount: ModelMount,
  own: readonly string[],
): LaunchPlan {
  const { mounts, modelPath } = showModel(mount, folder);
  const hidden = own.some((path) => isWithin(stateFolder, path)) ? [] : [stateFolder];
  const native = nativeCommand(workload, runner, program, folder, modelPath);
  const network = { node: program.node, sockets: [] };
  return planOf(enclose(machine, { mounts, openings: [], hidden, network }, native.command), native, folder);
}

/** A folder for the user alone, in one that it can only pass through. */
function ownPlace(folder: string, uid: number): string {
  const place = join(folder, 'p');
  mkdirSync(place, { mode: 0o700 });
  chownSync(place, uid, uid);
  chownSync(folder, 0, uid);
  chmodSync(folder, 0o710);
  return place;
}

interface Shown {
  readonly mounts: readonly ModelMount[];
  readonly modelPath: string | undefined;
}

/** A model seen in the replica's own folder, wherever it lies. */
function showModel(mount: ModelMount, folder: string): Shown {
  const place = join(folder, 'm');
  mkdirSync(place, { mode: 0o755 });
  return {
    mounts: [{ mountPath: place, path: mount.path, readOnly: true }],
    modelPath: statSync(mount.path).isFile() ? join(place, basename(mount.path)) : place,
  };
}

/** What V8 has compiled is kept for each user: nobody runs code from another's cache. */
function withCodeCache({ program, runFolder }: LauncherOptions, uid: number): NativeProgram {
  const cache = join(runFolder, 'code', String(uid));
  mkdirSync(cache, { recursive: true, mode: 0o711 });
  chownSync(cache, uid, uid);
  chmodSync(cache, 0o700);
  return { ...program, env: { NODE_COMPILE_CACHE: cache, ...program.env } };
}

function planOf(
  command: readonly string[],
  native: NativeCommand,
  folder: string,
  notes: readonly string[] = [],
): LaunchPlan {
  return {
    command,
    env: native.env,
    cwd: folder,
    endpoint: { http: { path: join(folder, SOCKET_NAME) } },
    ports: [],
    inside: [],
    folder,
    notes: [...notes, ...native.notes],
    isExclusive: false,
  };
}

import { chmodSync, chownSync, existsSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CommandRunner, ModelMount, Workload } from '@berth/control';
import { enclose, lowered } from '../isolation/enclose.ts';
import { openingsFor } from '../isolation/reach.ts';
import { readableMounts } from '../isolation/readable-mounts.ts';
import { servingPorts } from './container-ports.ts';
import { findProgram } from './find-program.ts';
import { type LaunchPlan, LaunchRefused } from './launch-plan.ts';
import type { LauncherOptions } from './launcher-options.ts';
import { limitGroup } from './limit-group.ts';
import { isWithin, pathsIn } from './paths.ts';

const NO_WAY_OUT =
  'its command has a network of its own without a way out: it is reached through the gateway, and reaches nothing but itself (with slirp4netns installed, and the platform as root, it can call others)';

/** A command with a network, processes and mounts of its own: it finds its port and its paths as it was written for. */
export function enclosedCommandLaunch(
  options: LauncherOptions,
  workload: Workload,
  runner: CommandRunner,
  folder: string,
): LaunchPlan {
  const { machine, program, users, groups, path: searched, runFolder, stateFolder } = options;
  const ports = servingPorts(runner.ports);
  const uid = machine.hasUsers ? users.uidOf(workload.namespace, workload.service) : undefined;
  // The command's own folder; the sockets beside it are not the command's.
  const home = join(folder, 'home');
  mkdirSync(home, { mode: 0o700 });
  const isHidden = machine.mounts === 'user';
  if (uid !== undefined) {
    chownSync(home, uid, uid);
    chmodSync(folder, 0o711);
  }
  const env: Record<string, string> = { PATH: searched, HOME: isHidden ? '/tmp' : home, ...workload.env };
  env.PORT ??= String(ports.http);
  const words = [...runner.command, ...runner.args];
  const file = findProgram(words[0] ?? '', env.PATH, workload.workingDir);
  if (file === undefined) {
    throw new LaunchRefused('CommandNotFound', `there is no program ${words[0]} on this machine that can be executed`, {
      isFinal: false,
    });
  }
  const sockets = ports.all.map(({ containerPort }, index) => ({
    path: join(folder, String(index)),
    port: containerPort,
  }));
  const addressOf = (port: number) => ({ path: (sockets.find((one) => one.port === port) as { path: string }).path });
  const missing = workload.mounts.find((mount) => !existsSync(mount.path));
  if (missing !== undefined) {
    throw new LaunchRefused('ModelUnreadable', `${missing.path}, which belongs at ${missing.mountPath}, is not there`, {
      isFinal: false,
    });
  }
  const mounts = uid === undefined ? workload.mounts : readableMounts(workload.mounts, folder, uid, machine);
  const mountPaths = workload.mounts.map(({ mountPath }) => mountPath);
  const isElsewhere = (path: string) => ![...mountPaths, stateFolder, runFolder].some((kept) => isWithin(kept, path));
  const named = [file, ...pathsIn(words), ...(workload.workingDir === undefined ? [] : [workload.workingDir])];
  const { joins, notes, plan } = limitGroup(workload, folder, groups);
  const command = enclose(
    machine,
    {
      uid,
      joins,
      mounts: machine.outward ? [...mounts, resolverMount(folder)] : mounts,
      openings:
        uid === undefined
          ? []
          : openingsFor([...named.filter(isElsewhere), home]).filter(
              (one) => !isWithin(stateFolder, one.folder) || isWithin(stateFolder, runFolder),
            ),
      hidden: isHidden ? [stateFolder, runFolder] : isWithin(stateFolder, runFolder) ? [] : [stateFolder],
      cwd: workload.workingDir ?? (isHidden ? '/' : home),
      network: { node: program.node, sockets },
    },
    [file, ...words.slice(1)],
  );
  const { nsenter, setpriv } = machine.programs;
  return {
    command,
    env,
    cwd: '/',
    endpoint: {
      http: addressOf(ports.http),
      ...(ports.grpc === undefined ? {} : { grpc: addressOf(ports.grpc) }),
    },
    ports: ports.all.map(({ containerPort, name }) => ({
      port: containerPort,
      ...(name === undefined ? {} : { name }),
      address: addressOf(containerPort),
    })),
    inside: [
      nsenter ?? 'nsenter',
      '--target',
      '{main}',
      ...(isHidden ? ['--user', '--preserve-credentials'] : []),
      '--mount',
      '--net',
      '--pid',
      '--',
      ...(setpriv === undefined ? [] : lowered(setpriv, uid)),
    ],
    folder,
    notes: machine.outward ? notes : [...notes, NO_WAY_OUT],
    isExclusive: false,
    ...plan,
  };
}

/** The name server of the way out: the machine's own may be on a loopback that is not reached. */
function resolverMount(folder: string): ModelMount {
  const path = join(folder, 'resolv.conf');
  writeFileSync(path, 'nameserver 10.0.2.3\n', { mode: 0o644 });
  const mountPath = existsSync('/etc/resolv.conf') ? realpathSync('/etc/resolv.conf') : '/etc/resolv.conf';
  return { mountPath, path, readOnly: true };
}

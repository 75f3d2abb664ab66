import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { quantityValue } from '@berth/api';
import type { CommandRunner, ModelMount, NativeRunner, Workload } from '@berth/control';
import type { Containers } from '../containers/containers.ts';
import type { ControlGroups } from '../isolation/control-groups.ts';
import { enclose, lowered } from '../isolation/enclose.ts';
import type { Machine } from '../isolation/machine.ts';
import { isReadableTree, openingsFor, programRoot } from '../isolation/reach.ts';
import { copyForUser } from '../isolation/readable-copy.ts';
import type { ServiceUsers } from '../isolation/service-users.ts';
import { sharedCommandLaunch } from './command-launch.ts';
import { servingPorts } from './container-ports.ts';
import { findProgram } from './find-program.ts';
import { type LaunchPlan, LaunchRefused } from './launch-plan.ts';
import { modelMount } from './model-path.ts';
import { type NativeProgram, nativeCommand, SOCKET_NAME } from './native-launch.ts';

/** What the launcher needs to know of the platform and the machine. */
export interface LauncherOptions {
  readonly machine: Machine;
  readonly users: ServiceUsers;
  readonly containers: Containers;
  /** Undefined where the kernel holds no limits for us. */
  readonly groups: ControlGroups | undefined;
  readonly runFolder: string;
  readonly stateFolder: string;
  readonly program: NativeProgram;
  /** Where commands are looked for. */
  readonly path: string;
  /** Folders that the models of a multi-model replica may be links into. */
  readonly modelFolders: readonly string[];
  readonly denyCommands: boolean;
  /** Whether the files at a path are still what they were when they came; default: yes. */
  readonly checkModel?: (path: string) => Promise<boolean>;
}

/** Decides how a workload runs on this machine. */
export class Launcher {
  readonly #options: LauncherOptions;

  constructor(options: LauncherOptions) {
    this.#options = options;
  }

  /** @throws LaunchRefused, or Error where a folder can not be made */
  async prepare(workload: Workload): Promise<LaunchPlan> {
    const { runner } = workload;
    const { denyCommands, runFolder, containers } = this.#options;
    if (runner.kind !== 'native' && denyCommands) {
      const what = runner.kind === 'command' ? `the command ${runner.command[0]}` : `the image ${runner.image}`;
      throw new LaunchRefused(
        'CommandNotAllowed',
        `${what} is not run: the platform was started with --deny-commands`,
        { isFinal: true },
      );
    }
    for (const { path } of workload.mounts) {
      if ((await this.#options.checkModel?.(path)) === false) {
        const message = 'the files of the model are damaged or have changed; they are brought again';
        throw new LaunchRefused('ModelDamaged', message, { isFinal: false });
      }
    }
    const folder = join(runFolder, randomBytes(5).toString('hex'));
    mkdirSync(folder, { mode: 0o700 });
    try {
      switch (runner.kind) {
        case 'native':
          return this.#native(workload, runner, folder);
        case 'command':
          return await this.#command(workload, runner, folder);
        default:
          return await containers.prepare(workload, runner, folder);
      }
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  #native(workload: Workload, runner: NativeRunner, folder: string): LaunchPlan {
    const { machine, program, modelFolders, runFolder } = this.#options;
    const mount = modelMount(workload);
    const notes: string[] = [];
    const http = { path: join(folder, SOCKET_NAME) };
    const plan = (
      command: readonly string[],
      env: Readonly<Record<string, string>>,
      more: readonly string[],
    ): LaunchPlan => ({
      command,
      env,
      cwd: folder,
      endpoint: { http },
      ports: [],
      inside: [],
      folder,
      notes: [...notes, ...more],
      isExclusive: false,
    });
    const own = [program.node, programRoot(program.cli), runFolder];
    const closed = machine.hasUsers ? openingsFor(own) : [];
    if (!machine.hasUsers && machine.networks && !runner.multiModel && mount !== undefined && existsSync(mount.path)) {
      return this.#alone(plan, workload, runner, folder, mount);
    }
    if (!machine.hasUsers || (closed.length > 0 && machine.mounts !== 'root') || !isReadableTree(program.cli)) {
      if (machine.hasUsers)
        notes.push('it runs as the user of the platform, since no other user can read Berth itself');
      const native = nativeCommand(workload, runner, program, folder);
      return plan(native.command, native.env, native.notes);
    }
    const uid = this.#userOf(workload);
    chownSync(folder, uid, uid);
    let modelPath = mount?.path;
    let mounts: ModelMount[] = [];
    let openings = closed;
    if (mount !== undefined && existsSync(mount.path)) {
      if (runner.multiModel) {
        openings = openingsFor([...own, mount.path, ...modelFolders]);
      } else if (!this.#isReadable(mount.path)) {
        modelPath = copyForUser(mount.path, join(folder, 'm'), uid);
      } else if (openingsFor([mount.path]).length > 0) {
        const shown = join(folder, 'm');
        mkdirSync(shown, { mode: 0o755 });
        mounts = [{ mountPath: shown, path: mount.path, readOnly: true }];
        modelPath = statSync(mount.path).isFile() ? join(shown, basename(mount.path)) : shown;
      }
    }
    const native = nativeCommand(workload, runner, this.#withCodeCache(uid), folder, modelPath);
    const { joins, ...limited } = this.#limits(workload, folder);
    const command = enclose(machine, { uid, mounts, openings, joins, hidden: [] }, native.command);
    const { notes: limitNotes, ...group } = limited;
    return { ...plan(command, native.env, [...native.notes, ...limitNotes]), ...group };
  }

  /** As the only user there is, but with the state out of sight, and no other process nor network. */
  #alone(
    plan: (command: readonly string[], env: Readonly<Record<string, string>>, notes: readonly string[]) => LaunchPlan,
    workload: Workload,
    runner: NativeRunner,
    folder: string,
    mount: ModelMount,
  ): LaunchPlan {
    const { machine, program, runFolder, stateFolder } = this.#options;
    const shown = join(folder, 'm');
    mkdirSync(shown, { mode: 0o755 });
    const mounts = [{ mountPath: shown, path: mount.path, readOnly: true }];
    const modelPath = statSync(mount.path).isFile() ? join(shown, basename(mount.path)) : shown;
    const needed = [runFolder, programRoot(program.cli), program.node];
    const hidden = needed.some((path) => isWithin(stateFolder, path)) ? [] : [stateFolder];
    const native = nativeCommand(workload, runner, program, folder, modelPath);
    const network = { node: program.node, sockets: [] };
    return plan(enclose(machine, { mounts, openings: [], hidden, network }, native.command), native.env, native.notes);
  }

  async #command(workload: Workload, runner: CommandRunner, folder: string): Promise<LaunchPlan> {
    const { machine } = this.#options;
    if (machine.networks) return this.#enclosedCommand(workload, runner, folder);
    const launch = (mounts: readonly ModelMount[]) =>
      sharedCommandLaunch({ ...workload, mounts }, runner, folder, this.#options.path);
    if (!machine.hasUsers) {
      const shared = await launch(workload.mounts);
      return workload.limits.cpu === undefined ? shared : { ...shared, notes: [...shared.notes, CPU_NOTE] };
    }
    const uid = this.#userOf(workload);
    chownSync(folder, uid, uid);
    const shared = await launch(this.#readableMounts(workload, folder, uid));
    const rights = lowered(machine.programs.setpriv as string, uid);
    return { ...shared, command: [...rights, ...shared.command], inside: rights };
  }

  /** Whether another user can get at a path, where mounts can show it to them. */
  #isReadable(path: string): boolean {
    return isReadableTree(path) && (this.#options.machine.mounts === 'root' || openingsFor([path]).length === 0);
  }

  /** The mounts of a workload, with copies in the place of what its user could not read. */
  #readableMounts(workload: Workload, folder: string, uid: number): readonly ModelMount[] {
    return workload.mounts.map((mount, index) => {
      if (!mount.readOnly || !existsSync(mount.path) || this.#isReadable(mount.path)) return mount;
      return { ...mount, path: copyForUser(mount.path, join(folder, `m${index}`), uid) };
    });
  }

  /** A command with a network, processes and mounts of its own: it finds its port and its paths as it was written for. */
  #enclosedCommand(workload: Workload, runner: CommandRunner, folder: string): LaunchPlan {
    const { machine, program, path: searched, runFolder, stateFolder } = this.#options;
    const ports = servingPorts(runner.ports);
    const uid = machine.hasUsers ? this.#userOf(workload) : undefined;
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
      throw new LaunchRefused(
        'CommandNotFound',
        `there is no program ${words[0]} on this machine that can be executed`,
        {
          isFinal: false,
        },
      );
    }
    const sockets = ports.all.map(({ containerPort }, index) => ({
      path: join(folder, String(index)),
      port: containerPort,
    }));
    const addressOf = (port: number) => ({ path: (sockets.find((one) => one.port === port) as { path: string }).path });
    const missing = workload.mounts.find((mount) => !existsSync(mount.path));
    if (missing !== undefined) {
      throw new LaunchRefused(
        'ModelUnreadable',
        `${missing.path}, which belongs at ${missing.mountPath}, is not there`,
        { isFinal: false },
      );
    }
    const mounts = uid === undefined ? workload.mounts : this.#readableMounts(workload, folder, uid);
    const mountPaths = workload.mounts.map(({ mountPath }) => mountPath);
    const isElsewhere = (path: string) => ![...mountPaths, stateFolder, runFolder].some((kept) => isWithin(kept, path));
    const named = [file, ...pathsIn(words), ...(workload.workingDir === undefined ? [] : [workload.workingDir])];
    const { joins, notes, ...group } = this.#limits(workload, folder);
    const command = enclose(
      machine,
      {
        uid,
        joins,
        mounts: machine.outward ? [...mounts, resolverMount(folder)] : mounts,
        openings: uid === undefined ? [] : openingsFor([...named.filter(isElsewhere), home]),
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
      ...group,
    };
  }

  /** The control group of a workload with limits, and what of them nobody enforces. */
  #limits(
    workload: Workload,
    folder: string,
  ): { readonly joins: readonly string[]; readonly notes: readonly string[]; readonly group?: string } {
    const cpu = quantityValue(workload.limits.cpu ?? '');
    const memoryBytes = quantityValue(workload.limits.memory ?? '');
    if (cpu === undefined && memoryBytes === undefined) return { joins: [], notes: [] };
    const group = basename(folder);
    try {
      const joins = this.#options.groups?.create(group, { cpu, memoryBytes });
      if (joins !== undefined) return { joins, notes: [], group };
    } catch {
      // Said below: the replica runs without.
    }
    return { joins: [], notes: cpu === undefined ? [] : [CPU_NOTE] };
  }

  /** What V8 has compiled is kept for each user: nobody runs code from another's cache. */
  #withCodeCache(uid: number): NativeProgram {
    const { program, runFolder } = this.#options;
    const cache = join(runFolder, 'code', String(uid));
    mkdirSync(cache, { recursive: true, mode: 0o711 });
    chownSync(cache, uid, uid);
    chmodSync(cache, 0o700);
    return { ...program, env: { NODE_COMPILE_CACHE: cache, ...program.env } };
  }

  #userOf(workload: Workload): number {
    return this.#options.users.uidOf(workload.namespace, workload.service);
  }
}

/** The name server of the way out: the machine's own may be on a loopback that is not reached. */
function resolverMount(folder: string): ModelMount {
  const path = join(folder, 'resolv.conf');
  writeFileSync(path, 'nameserver 10.0.2.3\n', { mode: 0o644 });
  const mountPath = existsSync('/etc/resolv.conf') ? realpathSync('/etc/resolv.conf') : '/etc/resolv.conf';
  return { mountPath, path, readOnly: true };
}

const CPU_NOTE = 'its CPU limit is not enforced: control groups can not be written on this machine';

const NO_WAY_OUT =
  'its command has a network of its own without a way out: it is reached through the gateway, and reaches nothing but itself (with slirp4netns installed, and the platform as root, it can call others)';

/** Absolute paths among the words of a command, also as the value of `--option=/path`. */
function pathsIn(words: readonly string[]): string[] {
  return words.flatMap((word) => {
    const path = /^(?:-{1,2}[\w.-]+=)?(\/.*)$/s.exec(word)?.[1];
    return path === undefined || path.includes('\0') || path === '/' || path.length > 4_096 ? [] : [path];
  });
}

function isWithin(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`);
}

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { quantityValue } from '@berth/api';
import type { ReplicaUsage, ReplicaView, Substrate, Workload } from '@berth/control';
import { Containers } from '../containers/containers.ts';
import { type ControlGroups, findControlGroups } from '../isolation/control-groups.ts';
import { BARE_MACHINE, examineMachine } from '../isolation/machine.ts';
import { ServiceUsers } from '../isolation/service-users.ts';
import type { ProcessHost } from '../keeper/process-host.ts';
import { podLogFolder } from '../logs/create-pod-logs.ts';
import { nextRunLog } from '../logs/next-run-log.ts';
import { type Clock, systemClock } from './clock.ts';
import { DEFAULT_PATH } from './find-program.ts';
import { prepareLaunch } from './launcher.ts';
import type { LauncherOptions } from './launcher-options.ts';
import { removeOldLogs, removeRunFolders } from './left-overs.ts';
import { sessionListensOn } from './listening.ts';
import { Replica } from './replica.ts';
import type { ReplicaContext, ReplicaNote } from './replica-context.ts';
import { treeUsage } from './usage.ts';

/** What the substrate of this machine needs to be told. */
export interface SubstrateOptions {
  /** Where processes run; the keeper's. */
  readonly host: ProcessHost;
  /** Folder of sockets, 0711 at most, with a path of 60 bytes at most. */
  readonly runFolder: string;
  readonly stateFolder: string;
  /** The Node binary that native replicas run under. */
  readonly node: string;
  /** Path of the `berth` launcher (`bin/berth.js`). */
  readonly cli: string;
  /** Variables for native replicas, e.g. `BERTH_BUNDLE`. */
  readonly nativeEnv?: Readonly<Record<string, string>>;
  /** Where commands of the user's are looked for; default: this process's PATH. */
  readonly path?: string;
  /** Folders (the cache) that the models of a multi-model replica may be links into. */
  readonly modelFolders?: readonly string[];
  /** Asked before each start of a replica: whether the files at a path are still what they were when they came. */
  readonly checkModel?: (path: string) => Promise<boolean>;
  readonly options?: {
    /** Refuses commands and images of the user's. */
    readonly denyCommands?: boolean;
    /** `none` leaves out users and namespaces of replicas; default: what the machine allows. */
    readonly isolation?: 'auto' | 'none';
  };
  readonly clock?: Clock;
}

/** The substrate of one machine. */
export interface LocalSubstrate extends Substrate {
  /** Stops watching; processes go on. For the end of the control part. */
  close(): void;
}

/** Milliseconds that a process which was found has to show that it is ready before anybody is told of it. */
const ADOPT_MS = 1_000;
const MEMORY_LOOK_MS = 1_000;
const SWEEP_MS = 3_600_000;

/** Makes the substrate, and takes over the replicas that the host has. */
export async function createSubstrate(options: SubstrateOptions): Promise<LocalSubstrate> {
  const { runFolder, stateFolder, node, cli, nativeEnv = {}, options: choices = {} } = options;
  // Each replica's own folder is closed; passing through to it is not.
  mkdirSync(runFolder, { recursive: true, mode: 0o711 });
  mkdirSync(stateFolder, { recursive: true, mode: 0o700 });
  const path = options.path ?? process.env.PATH ?? DEFAULT_PATH;
  const { now } = options.clock ?? systemClock;
  const containers = new Containers({ path, stateFolder, now });
  const isBare = choices.isolation === 'none';
  const groups = isBare ? undefined : findControlGroups(stateFolder);
  const launcher: LauncherOptions = {
    machine: isBare ? BARE_MACHINE : await examineMachine(),
    users: new ServiceUsers(stateFolder),
    containers,
    groups,
    runFolder,
    stateFolder,
    program: { node, cli, env: nativeEnv },
    path,
    modelFolders: options.modelFolders ?? [],
    denyCommands: choices.denyCommands === true,
    ...(options.checkModel === undefined ? {} : { checkModel: options.checkModel }),
  };
  const substrate = new LocalSubstrateImplementation(options, launcher, containers, groups);
  await substrate.adopt();
  substrate.removeLeftOvers();
  void containers.removeLeftOvers(substrate.containerNames());
  return substrate;
}

class LocalSubstrateImplementation implements LocalSubstrate {
  readonly #options: SubstrateOptions;
  readonly #clock: Clock;
  readonly #replicas = new Map<string, Replica>();
  readonly #listeners = new Set<(id: string, view: ReplicaView | undefined) => void>();
  readonly #context: ReplicaContext;
  readonly #logFolder: string;
  readonly #unsubscribe: () => void;
  #cancelLook: () => void = () => undefined;
  #cancelSweep: () => void = () => undefined;
  /** Later ones would meet folders of starts under way. */
  #isFirstSweep = true;
  #isClosed = false;

  constructor(
    options: SubstrateOptions,
    launcher: LauncherOptions,
    containers: Containers,
    groups: ControlGroups | undefined,
  ) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#logFolder = join(options.stateFolder, 'logs');
    this.#context = {
      host: options.host,
      clock: this.#clock,
      prepare: (_id, workload) => prepareLaunch(launcher, workload),
      nextLogFile: (id, workload) => nextRunLog(podLogFolder(this.#logFolder, workload.namespace, id)),
      sessionListensOn,
      containers,
      groups,
      onChange: (id, view) => this.#changed(id, view),
    };
    this.#unsubscribe = options.host.onExit((exit) => {
      for (const replica of this.#replicas.values()) {
        if (replica.processId === exit.id) replica.exited(exit);
      }
    });
    this.#lookAtMemory();
  }

  async adopt(): Promise<void> {
    const records = await this.#options.host.list();
    const adoptions = records.map(async (record) => {
      const note = record.spec.note as ReplicaNote | undefined;
      if (note?.kind !== 'berth-replica' || note.version !== 1) return;
      const replica = new Replica(note.id, note.workload, this.#context);
      this.#replicas.set(note.id, replica);
      await replica.adopt(record, note, ADOPT_MS);
    });
    await Promise.all(adoptions);
  }

  /** Removes what earlier runs left in the folders; again every hour. */
  removeLeftOvers(): void {
    if (this.#isClosed) return;
    const inUse = [...this.#replicas.values()].flatMap(({ folder }) => folder ?? []);
    if (this.#isFirstSweep) removeRunFolders(this.#options.runFolder, new Set(inUse));
    this.#isFirstSweep = false;
    removeOldLogs(this.#logFolder, (_namespace, pod) => this.#replicas.has(pod), this.#clock.now());
    this.#cancelSweep = this.#clock.after(SWEEP_MS, () => this.removeLeftOvers());
  }

  /** Containers of replicas that were found. */
  containerNames(): ReadonlySet<string> {
    return new Set([...this.#replicas.values()].flatMap(({ containerName }) => containerName ?? []));
  }

  start(id: string, workload: Workload): void {
    if (this.#replicas.has(id)) return;
    const replica = new Replica(id, workload, this.#context);
    this.#replicas.set(id, replica);
    replica.begin();
  }

  stop(id: string): void {
    this.#replicas.get(id)?.stop();
  }

  replicas(): readonly ReplicaView[] {
    return [...this.#replicas.values()].map((replica) => replica.view);
  }

  usage(): readonly ReplicaUsage[] {
    const running = [...this.#replicas.values()].flatMap(({ id, rootPid }) =>
      rootPid === undefined ? [] : [{ id, rootPid }],
    );
    const usage = treeUsage(running.map(({ rootPid }) => rootPid));
    return running.map(({ id, rootPid }) => ({ id, ...(usage.get(rootPid) ?? { cpuSeconds: 0, memoryBytes: 0 }) }));
  }

  onChange(listener: (id: string, view: ReplicaView | undefined) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelLook();
    this.#cancelSweep();
    this.#unsubscribe();
    for (const replica of this.#replicas.values()) replica.abandon();
    // At the end of the platform the replicas have been ended by then, and this is the last that looks after them.
    this.#context.groups?.removeAll();
    this.#replicas.clear();
  }

  #changed(id: string, view: ReplicaView | undefined): void {
    if (view === undefined) this.#replicas.delete(id);
    for (const listener of [...this.#listeners]) listener(id, view);
  }

  #lookAtMemory(): void {
    this.#cancelLook = this.#clock.after(MEMORY_LOOK_MS, () => {
      if (this.#isClosed) return;
      const limited = [...this.#replicas.values()].flatMap((replica) => {
        const limit = quantityValue(replica.workload.limits.memory ?? '');
        // What is in a control group is held by the kernel.
        return replica.pid === undefined || replica.isInGroup || limit === undefined
          ? []
          : [{ replica, pid: replica.pid, limit }];
      });
      if (limited.length > 0) {
        const usage = treeUsage(limited.map(({ pid }) => pid));
        for (const { replica, pid, limit } of limited) {
          const used = usage.get(pid)?.memoryBytes ?? 0;
          if (limit > 0 && used > limit) replica.exceeded(used, limit);
        }
      }
      this.#lookAtMemory();
    });
  }
}

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startGuard } from '../processes/guard.ts';
import { createLocalHost } from './local-host.ts';
import { EXIT_CUT, Part, type PartSpec } from './part.ts';
import { endOrphans, ProcessTable } from './process-table.ts';
import { HostServer } from './serve-host.ts';
import { lockState } from './state-lock.ts';

/** What the keeper needs to be told. */
export interface KeeperOptions {
  readonly stateFolder: string;
  /** The Node that the parts run under. */
  readonly node: string;
  readonly control: Omit<PartSpec, 'name'>;
  /** Left out where nothing listens for clients (tests). */
  readonly gateway?: Omit<PartSpec, 'name'>;
  /** One-line messages for the operator: parts that died, orphans that were found. */
  readonly onNotice: (message: string) => void;
  /** Milliseconds that requests have to end when the platform stops; default 30,000. */
  readonly drainTimeoutMs?: number;
  /** Milliseconds that a replica has to end after SIGTERM when the platform stops; default 10,000. */
  readonly replicaGraceMs?: number;
}

/** The running platform, as the process that owns all others sees it. */
export interface Keeper {
  /** What the parts said when they were ready for the first time. */
  readonly info: { readonly control: unknown; readonly gateway: unknown };
  readonly controlPid: number | undefined;
  readonly gatewayPid: number | undefined;
  /** Resolves with the exit code when everything has ended. */
  readonly ended: Promise<number>;
  /** Drains the gateway, then ends the replicas, then the control part; 0, or 75 where something was cut. */
  stop(): Promise<number>;
  /** Ends everything now. */
  kill(): Promise<number>;
}

const CONTROL_GRACE_MS = 5_000;

/**
 * Starts the platform's processes and keeps them: takes the state folder, ends what a killed keeper left, starts the
 * gateway and the control part and waits until both serve.
 * @throws StateInUse, or Error with a part's last words where it ends before it serves
 */
export async function startKeeper(options: KeeperOptions): Promise<Keeper> {
  const { stateFolder, onNotice } = options;
  const lock = lockState(stateFolder);
  const tablePath = join(stateFolder, 'processes.json');
  for (const id of endOrphans(tablePath)) onNotice(`ended ${id}, which an earlier run of the platform had left behind`);
  const logFolder = join(stateFolder, 'logs');
  mkdirSync(logFolder, { recursive: true, mode: 0o700 });
  const table = new ProcessTable(tablePath);
  const guard = startGuard(onNotice);
  const host = createLocalHost({ table, guard });
  const server = new HostServer(host);
  const shared = { node: options.node, logFolder, table, guard, onNotice };
  const control = new Part(
    { name: 'control', ...options.control },
    {
      ...shared,
      onMessage: (child, message) => server.receive(child, message),
      onStart: (child) => server.serve(child),
    },
  );
  const gateway =
    options.gateway === undefined
      ? undefined
      : new Part(
          { name: 'gateway', ...options.gateway },
          { ...shared, onMessage: () => undefined, onStart: () => undefined },
        );
  let end: (code: number) => void = () => undefined;
  const ended = new Promise<number>((resolve) => {
    end = resolve;
  });
  const shutDown = async (drainMs: number, replicaMs: number, controlMs: number): Promise<number> => {
    const gatewayCode = (await gateway?.stop(drainMs)) ?? 0;
    server.send({ type: 'stopping' });
    host.refuseStarts('the platform is ending');
    await host.stopAll(replicaMs);
    await control.stop(controlMs);
    await guard.close();
    table.flush();
    lock.release();
    const code = gatewayCode === 0 ? 0 : EXIT_CUT;
    end(code);
    return code;
  };
  let stopping: Promise<number> | undefined;
  const stop = () => {
    stopping ??= shutDown(options.drainTimeoutMs ?? 30_000, options.replicaGraceMs ?? 10_000, CONTROL_GRACE_MS);
    return stopping;
  };
  const kill = async () => {
    if (stopping === undefined) stopping = shutDown(0, 0, 0);
    // An orderly end under way is waiting for the same processes: it goes on as soon as they are gone.
    else await Promise.all([gateway?.stop(0), host.stopAll(0), control.stop(0)]);
    await stopping;
    return EXIT_CUT;
  };
  try {
    await Promise.all([gateway?.start(), control.start()]);
    const [controlInfo, gatewayInfo] = await Promise.all([control.ready, gateway?.ready]);
    return {
      info: { control: controlInfo, gateway: gatewayInfo },
      get controlPid() {
        return control.pid;
      },
      get gatewayPid() {
        return gateway?.pid;
      },
      ended,
      stop,
      kill,
    };
  } catch (error) {
    await kill();
    throw error;
  }
}

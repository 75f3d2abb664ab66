import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createController } from '@berth/control';
import { GatewayLink } from '@berth/gateway';
import { startApiServer } from '../api-server/api-server.ts';
import { openAuditLog } from '../audit/audit-log.ts';
import { readOrMakeAccess, writeKubeconfig } from '../credentials/access.ts';
import type { ProcessHost } from '../keeper/process-host.ts';
import { createPodLogs } from '../logs/create-pod-logs.ts';
import { keepLocalModels } from '../models/local-model-caches.ts';
import { createModelSource } from '../models/model-source.ts';
import { layOut } from '../multi-model/lay-out.ts';
import { ModelFolder, withModelFolders } from '../multi-model/model-folder.ts';
import { TrainedModels } from '../multi-model/trained-models.ts';
import { systemClock } from '../processes/clock.ts';
import { createSubstrate } from '../processes/create-substrate.ts';
import { openStore } from '../store/open-store.ts';
import { keepDefaultAccounts } from './default-accounts.ts';
import { expireEvents } from './expire-events.ts';
import { collectWhenIdle } from './idle-collection.ts';
import type { PlatformOptions } from './platform-options.ts';
import { gatewayLinkPath, makeRunFolder } from './run-folder.ts';
import { UsageBook } from './usage-book.ts';

/** The control part: store, API, controller. */
export interface RunningControl {
  readonly apiUrl: string;
  readonly kubeconfig: string;
  /** Changes nothing any more: the platform is ending and its replicas are being ended in order. */
  quiet(): void;
  close(): Promise<void>;
}

/** Starts the control part. @throws the listen error of the API, or what the store refuses */
export async function startControl(
  options: PlatformOptions,
  host: ProcessHost,
  say: (message: string) => void,
): Promise<RunningControl> {
  const { stateFolder } = options;
  const now = () => new Date();
  const runFolder = makeRunFolder(stateFolder);
  const store = openStore({ folder: stateFolder, now, onProblem: say });
  const models = createModelSource({
    store,
    cacheFolder: options.cacheFolder,
    env: options.env,
    options: {
      volumes: options.volumes,
      strictEgress: options.strictEgress,
      retained: () => retainedDigests(store),
    },
  });
  const stopKeeping = keepLocalModels({ store, models, cacheFolder: options.cacheFolder });
  const apiHost = options.api.host;
  const [access, substrate] = await Promise.all([
    readOrMakeAccess(stateFolder, apiHost === undefined ? [] : [apiHost], now()),
    createSubstrate({
      host,
      runFolder,
      stateFolder,
      node: process.execPath,
      cli: options.cli,
      nativeEnv: nativeEnvironment(options),
      modelFolders: [options.cacheFolder],
      checkModel: (path) => models.checkPath(path),
      options: { denyCommands: options.denyCommands },
      ...(options.env.PATH === undefined ? {} : { path: options.env.PATH }),
    }),
  ]);
  const routes = new GatewayLink(gatewayLinkPath(stateFolder));
  const usage = new UsageBook({ store, substrate });
  routes.onLoad((loads) => usage.observe(loads));
  const folderOf = (namespace: string, service: string) =>
    new ModelFolder(options.cacheFolder, stateFolder, namespace, service);
  const trained = new TrainedModels({
    store,
    models,
    substrate,
    folderOf,
    now,
    clock: systemClock,
    onError: (error) => say(`trained models: ${(error as Error)?.stack ?? String(error)}`),
  });
  const controller = createController({
    store,
    substrate: withModelFolders(substrate, folderOf, (mounts) => layOut(mounts, join(options.cacheFolder, 'layouts'))),
    models,
    routes,
    clock: { now, monotonic: () => performance.now() },
    timers: systemClock,
    listener: { httpPort: options.gateway.httpPort },
    random: Math.random,
    maxStarts: options.maxStarts ?? defaultStarts(),
    onError: (what, error) => say(`${what}: ${(error as Error)?.stack ?? String(error)}`),
  });
  const logs = createPodLogs({
    folder: join(stateFolder, 'logs'),
    isRunning: (namespace, pod) =>
      substrate.replicas().some((view) => view.id === pod && view.workload.namespace === namespace),
  });
  const audit = openAuditLog({ file: join(stateFolder, 'audit.log'), now, onProblem: say });
  const api = await startApiServer(
    {
      store,
      logs,
      audit,
      now,
      version: options.version,
      identity: access.identity,
      guard: { token: access.token, hosts: new Set(apiHost === undefined ? [] : [apiHost.toLowerCase()]) },
      extraRoutes: new Map([['/apis/berth.dev/v1/usage', () => usage.report()]]),
      onError: (error) => say(`the API: ${(error as Error)?.stack ?? String(error)}`),
    },
    options.api.port,
    apiHost ?? '127.0.0.1',
  );
  const apiUrl = `https://${apiHost === undefined ? '127.0.0.1' : apiHost.includes(':') ? `[${apiHost}]` : apiHost}:${api.port}`;
  const kubeconfig = join(stateFolder, 'kubeconfig');
  writeKubeconfig(kubeconfig, access, apiUrl);
  const stopAccounts = keepDefaultAccounts(store, (error) => say(`accounts: ${String(error)}`));
  controller.start();
  trained.start();
  const stopCollecting = collectWhenIdle(() => store.revision);
  const expiry = setInterval(() => expireEvents(store, now()), 60_000);
  return {
    apiUrl,
    kubeconfig,
    quiet() {
      controller.stop();
    },
    async close() {
      clearInterval(expiry);
      stopAccounts();
      controller.stop();
      stopCollecting();
      await trained.stop();
      await api.close();
      routes.close();
      substrate.close();
      await stopKeeping();
      await models.close();
      audit.close();
      store.close();
    },
  };
}

/** Replicas that start at once where nothing is said: starting is work for the processor, two each keep it busy. */
function defaultStarts(): number {
  return Math.max(4, 2 * availableParallelism());
}

/** What of the environment a server of Berth's own needs. */
function nativeEnvironment({ env, logLevel }: PlatformOptions): Record<string, string> {
  const kept = ['BERTH_BUNDLE', 'TZ', 'LANG'];
  return {
    BERTH_LOG_LEVEL: logLevel,
    ...Object.fromEntries(kept.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]]))),
  };
}

/** Digests that revisions were made of: a rollback needs no network. */
function* retainedDigests(store: ReturnType<typeof openStore>): Iterable<string> {
  for (const { spec } of store.list('Revision')) {
    const { berth } = (spec ?? {}) as { berth?: { digests?: readonly string[] } };
    yield* berth?.digests ?? [];
  }
}

import type { InferenceService, ServicePlan } from '@berth/api';
import type { App, AppContext } from '@berth/server';
import { ServiceSet } from '../watch/service-set.ts';
import type { ManifestSource } from '../watch/watch-manifests.ts';
import { createAppLogs, type LogSettings } from './logs.ts';
import type { AppReport } from './reports.ts';
import { RunningService } from './running-service.ts';
import { statusRoute } from './status-route.ts';

/** One service of `berth run`, planned. */
export interface PlannedService {
  readonly isvc: InferenceService;
  readonly plan: ServicePlan;
  /** Where bare relative storage paths start: the YAML's folder. */
  readonly baseFolder: string;
}

/** What `berth run` serves; structured-cloneable. */
export interface RunConfig {
  readonly services: readonly PlannedService[];
  readonly cacheFolder: string;
  /** Refuse loopback and private addresses in storage URIs. */
  readonly strictEgress: boolean;
  readonly logs: LogSettings;
  /** Read the YAML and local models again when they change. */
  readonly watch?: ManifestSource;
  /** Port for gRPC alone, where there is one and its number is known beforehand. */
  readonly grpcPort?: number;
}

/** The app of one process of `berth run`: every InferenceService, each with its own models, hosts and status. */
export function createApp(config: RunConfig, context: AppContext): App {
  const report = (message: AppReport) => context.report(message);
  const logs = createAppLogs(config.logs);
  const onKept = (about: string, message: string, code?: string) =>
    report({ kind: 'kept', about, message, ...(code === undefined ? {} : { code }) });
  const set = new ServiceSet(config.services, {
    make: (planned) => new RunningService(planned, config, logs.log, report),
    onKept,
    onNotice: (about, message) => report({ kind: 'warning', about, message }),
  });
  const watch = async (source: ManifestSource) =>
    (await import('../watch/watch-manifests.ts')).watchManifests(source, set, onKept);
  const watcher = config.watch === undefined ? undefined : watch(config.watch);
  return {
    log: logs.log,
    ...(logs.accessLog && { accessLog: logs.accessLog }),
    services: set.running.map((one) => one.service),
    onServices: (replace) => set.onServices(replace),
    settled: Promise.all(set.running.map((one) => one.start())).then(async () => {
      if (context.worker === 0) await set.running.find((one) => one.isReady)?.tellSample(set.running.length > 1);
    }),
    extraRoutes: [statusRoute((port) => set.running.map((one) => one.object(port)))],
    close: async () => {
      (await watcher?.catch(() => undefined))?.stop();
      await set.stop();
      logs.flush();
    },
  };
}

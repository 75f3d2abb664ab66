import type { InferenceService, ServicePlan } from '@berth/api';
import type { App, AppContext } from '@berth/server';
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
  /** Port for gRPC alone, where there is one and its number is known beforehand. */
  readonly grpcPort?: number;
}

/** The app of one process of `berth run`: every InferenceService, each with its own models, hosts and status. */
export function createApp(config: RunConfig, context: AppContext): App {
  const report = (message: AppReport) => context.report(message);
  const logs = createAppLogs(config.logs);
  const services = config.services.map((planned) => new RunningService(planned, config, logs.log, report));
  return {
    log: logs.log,
    ...(logs.accessLog && { accessLog: logs.accessLog }),
    services: services.map((one) => one.service),
    settled: Promise.all(services.map((one) => one.start())).then(() => undefined),
    extraRoutes: [statusRoute((port) => services.map((one) => one.object(port)))],
    close: async () => {
      for (const one of services) one.stop();
      logs.flush();
    },
  };
}

import type { InferenceService, ServicePlan } from '@berth/api';
import type { App, AppContext } from '@berth/server';
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
  /** `host:port` as clients on this machine reach it; the port is 0 where a free one is taken. */
  readonly httpAddress: string;
  readonly grpcAddress?: string;
}

/** The app of one process of `berth run`: every InferenceService, each with its own models, hosts and status. */
export function createApp(config: RunConfig, context: AppContext): App {
  const report = (message: AppReport) => context.report(message);
  const services = config.services.map((planned) => new RunningService(planned, config, report));
  return {
    services: services.map((one) => one.service),
    settled: Promise.all(services.map((one) => one.start())).then(() => undefined),
    extraRoutes: [statusRoute(() => services.map((one) => one.object()))],
    close: async () => {
      for (const one of services) one.stop();
    },
  };
}

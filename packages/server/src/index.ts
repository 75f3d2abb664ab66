export { createDataplane, type DataplaneOptions } from './dataplane/dataplane.ts';
export { createServiceRouter, hostName } from './dataplane/router.ts';
export type {
  Dataplane,
  ModelRepository,
  ModelState,
  ModelStatistics,
  Resolved,
  ServedModel,
  ServedVersion,
  Service,
  ServiceRouter,
  WireProtocol,
} from './dataplane/types.ts';
export type {
  Authorization,
  Coordination,
  ExtraRoute,
  HttpHandler,
  HttpHandlerOptions,
  HttpLimits,
  HttpRequest,
  HttpResponse,
  StatisticsList,
} from './http/handler.ts';
export {
  createModelRepository,
  type LoadableRepository,
  type ModelCandidate,
  type RepositoryOptions,
} from './repository/repository.ts';
export type {
  App,
  AppContext,
  AppSource,
  CreateApp,
  DrainResult,
  RunningServer,
  ServerOptions,
} from './start/options.ts';
export { StartError } from './start/start-error.ts';
export { startServer } from './start/start-server.ts';

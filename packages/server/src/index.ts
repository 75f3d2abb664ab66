export { makeApiKey, StartError } from '@berth/exposure';
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
export { type Coordination, localCoordination, type StatisticsList } from './http/coordination.ts';
export { createHttpHandler, type HttpHandler } from './http/handler.ts';
export {
  type Authorization,
  type ErrorLog,
  type ExtraRoute,
  type HttpHandlerOptions,
  type HttpLimits,
  type HttpRequest,
  type HttpResponse,
  httpServerOptions,
  MAX_HEADERS_COUNT,
} from './http/options.ts';
export { decodeShippedRequest } from './protocols/shipped-request.ts';
export {
  type CatalogModel,
  createOnDemandRepository,
  type ModelCatalog,
  type OnDemandOptions,
} from './repository/on-demand.ts';
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
export { startServer } from './start/start-server.ts';

import { type AddressInfo, createServer, type Socket } from 'node:net';
import { MetricsRegistry } from '@berth/telemetry';
import { createDataplane } from '../dataplane/dataplane.ts';
import { createServiceRouter } from '../dataplane/router.ts';
import type { Service } from '../dataplane/types.ts';
import { Http2Endpoint } from '../listeners/http2-endpoint.ts';
import type { GrpcContext } from '../protocols/grpc/context.ts';
import { grpcMethods } from '../protocols/grpc/routes.ts';
import { GrpcTransport, type GrpcTransportOptions } from '../protocols/grpc/transport/grpc-transport.ts';

export interface GrpcTestServer {
  readonly port: number;
  readonly transport: GrpcTransport;
  readonly endpoint: Http2Endpoint;
  /** Errors that were reported as our own fault. */
  readonly internalErrors: unknown[];
  close(): Promise<void>;
}

/** The gRPC side alone on a free loopback port, for tests. */
export async function startGrpcTestServer(
  services: readonly Service[],
  options: Partial<GrpcTransportOptions> & {
    context?: Partial<GrpcContext>;
    maxControlFrames?: number;
    isBehindProxy?: boolean;
  } = {},
): Promise<GrpcTestServer> {
  const { context, maxControlFrames, isBehindProxy, ...transportOptions } = options;
  const dataplane = createDataplane({ metrics: new MetricsRegistry() });
  const internalErrors: unknown[] = [];
  const transport = new GrpcTransport({
    methods: grpcMethods({
      router: createServiceRouter(services),
      dataplane,
      coordination: {
        load: (service, name) => service.repository.load(name),
        unload: (service, name) => service.repository.unload(name),
        ready: (service) => service.repository.ready(),
        statistics: (service, name, version) => dataplane.statistics(service, name, version),
        metrics: () => '',
      },
      modelControl: true,
      maxTensorBytes: 1 << 20,
      makeId: () => 'made',
      ...context,
    }),
    maxMessageBytes: 1 << 20,
    onInternalError: (error) => internalErrors.push(error),
    ...transportOptions,
  });
  const endpoint = new Http2Endpoint({
    ...(maxControlFrames !== undefined && { maxControlFrames }),
    ...(isBehindProxy !== undefined && { isBehindProxy }),
    routes: { isGrpc: GrpcTransport.isGrpc, grpc: (stream, headers) => transport.handle(stream, headers) },
  });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    endpoint.accept(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    transport,
    endpoint,
    internalErrors,
    async close() {
      transport.close();
      endpoint.close();
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

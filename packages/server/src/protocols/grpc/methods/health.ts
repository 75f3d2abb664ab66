import {
  HealthCheckRequestSchema,
  HealthCheckResponseSchema,
  HealthListRequestSchema,
  HealthListResponseSchema,
  HealthCheckResponse_ServingStatus as Status,
} from '../../../../gen/grpc/health/v1/health_pb.ts';
import type { Service } from '../../../dataplane/types.ts';
import { type GrpcContext, serviceOf } from '../context.ts';
import type { Call, Replies, Requests, StreamMethod } from '../transport/method.ts';
import { GrpcError, StatusCode } from '../transport/status.ts';
import { generatedMethod, readMessage, writeMessage } from './generated-method.ts';

const WATCH_INTERVAL_MS = 500;

/**
 * `grpc.health.v1.Health/Check`. The server as a whole ("") and each gRPC service have the server's readiness, a model's
 * name has the model's; any other name is NOT_FOUND, as the protocol asks.
 */
export function healthCheck(context: GrpcContext, grpcServices: () => readonly string[]) {
  return generatedMethod(HealthCheckRequestSchema, HealthCheckResponseSchema, async (request, call) => {
    const status = await statusOf(context, serviceOf(context, call.headers), request.service, grpcServices());
    if (status === undefined) {
      throw new GrpcError(StatusCode.NOT_FOUND, `unknown service "${request.service.slice(0, 200)}"`);
    }
    return { status };
  });
}

/** `grpc.health.v1.Health/List`: the server, its gRPC services and its models. */
export function healthList(context: GrpcContext, grpcServices: () => readonly string[]) {
  return generatedMethod(HealthListRequestSchema, HealthListResponseSchema, async (_request, call) => {
    const service = serviceOf(context, call.headers);
    const names = ['', ...grpcServices(), ...service.repository.list().map((served) => served.name)];
    const statuses: Record<string, { status: Status }> = {};
    for (const name of names.slice(0, 1_000)) {
      statuses[name] = { status: (await statusOf(context, service, name, grpcServices())) ?? Status.UNKNOWN };
    }
    return { statuses };
  });
}

/** `grpc.health.v1.Health/Watch`: the status now and at each change, until the client or the server ends it. */
export function healthWatch(context: GrpcContext, grpcServices: () => readonly string[]): StreamMethod {
  return { kind: 'stream', open: (call, replies) => new Watch(context, grpcServices, call, replies) };
}

class Watch implements Requests {
  private readonly context: GrpcContext;
  private readonly grpcServices: () => readonly string[];
  private readonly call: Call;
  private readonly replies: Replies;
  private timer: NodeJS.Timeout | undefined;
  private last: Status | undefined;

  constructor(context: GrpcContext, grpcServices: () => readonly string[], call: Call, replies: Replies) {
    this.context = context;
    this.grpcServices = grpcServices;
    this.call = call;
    this.replies = replies;
  }

  async message(bytes: Buffer): Promise<void> {
    if (this.timer !== undefined) throw new GrpcError(StatusCode.INVALID_ARGUMENT, 'Watch takes one message');
    const { service: name } = readMessage(HealthCheckRequestSchema, bytes);
    const service = serviceOf(this.context, this.call.headers);
    const look = async () => {
      const status = (await statusOf(this.context, service, name, this.grpcServices())) ?? Status.SERVICE_UNKNOWN;
      if (status === this.last) return;
      this.last = status;
      await this.replies.send(writeMessage(HealthCheckResponseSchema, { status }));
    };
    this.timer = setInterval(() => {
      look().catch((error) => {
        this.cancelled();
        this.replies.fail(error);
      });
    }, WATCH_INTERVAL_MS);
    this.timer.unref();
    await look();
  }

  end(): void {
    // The client has nothing more to say; the watch goes on.
  }

  cancelled(): void {
    clearInterval(this.timer);
  }

  drain(): void {
    this.cancelled();
    this.replies.send(writeMessage(HealthCheckResponseSchema, { status: Status.NOT_SERVING }));
    this.replies.fail(new GrpcError(StatusCode.UNAVAILABLE, 'the server shuts down'));
  }
}

async function statusOf(
  context: GrpcContext,
  service: Service,
  name: string,
  grpcServices: readonly string[],
): Promise<Status | undefined> {
  if (name === '' || grpcServices.includes(name)) {
    return (await context.coordination.ready(service)) ? Status.SERVING : Status.NOT_SERVING;
  }
  const served = service.repository.find(name);
  if (served === undefined) return undefined;
  return served.versions.some((version) => version.state === 'READY') ? Status.SERVING : Status.NOT_SERVING;
}

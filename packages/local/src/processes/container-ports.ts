import type { ContainerPort } from '@berth/control';

/** KServe's port where a container declares none. */
const DEFAULT_PORT = 8080;
/** Names that say that a port speaks HTTP/2 (Knative's `h2c`, Istio's `grpc`). */
const GRPC_NAME = /^(h2c|grpc|http2)(-|$)/;

/** Which of a container's ports takes HTTP requests, and which gRPC where that is another. */
export interface ServingPorts {
  readonly http: number;
  readonly grpc?: number;
  readonly all: readonly ContainerPort[];
}

/** Reads the declared ports; the first that is not gRPC's takes HTTP. */
export function servingPorts(declared: readonly ContainerPort[]): ServingPorts {
  const valid = declared.filter(
    ({ containerPort }) => Number.isInteger(containerPort) && containerPort > 0 && containerPort < 65_536,
  );
  const all = valid.length === 0 ? [{ containerPort: DEFAULT_PORT }] : valid;
  const isGrpc = ({ name }: ContainerPort) => name !== undefined && GRPC_NAME.test(name);
  const http = all.find((port) => !isGrpc(port)) ?? (all[0] as ContainerPort);
  const grpc = all.find(isGrpc);
  return {
    http: http.containerPort,
    ...(grpc === undefined || grpc.containerPort === http.containerPort ? {} : { grpc: grpc.containerPort }),
    all,
  };
}

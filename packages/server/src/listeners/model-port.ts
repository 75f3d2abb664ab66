import type { ListenPlan } from '@berth/exposure';
import { type BoundPort, bind } from './bind.ts';
import { bindSocket } from './bind-socket.ts';
import type { Http1Endpoint } from './http1-endpoint.ts';
import type { Http2Endpoint } from './http2-endpoint.ts';
import { ProtocolSniffer } from './protocol-sniffer.ts';

export interface ModelPortOptions {
  readonly plan: ListenPlan;
  readonly sharesPorts: boolean;
  readonly port: number;
  readonly flag: string;
  /** A Unix socket to listen on in the place of a port. */
  readonly socketPath?: string | undefined;
  readonly http1: Http1Endpoint;
  readonly http2: Http2Endpoint;
  readonly onAcceptError: (error: NodeJS.ErrnoException) => void;
}

/** One port that serves HTTP/1.1 and HTTP/2 (and with it gRPC), told apart by a connection's first bytes. */
export interface ModelPort extends BoundPort {
  /** Closes connections that have not said anything yet. */
  closeUndecided(): void;
}

/** @throws StartError */
export async function openModelPort(options: ModelPortOptions): Promise<ModelPort> {
  const { plan, sharesPorts, port, flag, socketPath, http1, http2, onAcceptError } = options;
  const sniffer = new ProtocolSniffer({
    http1: (socket) => http1.accept(socket),
    http2: (socket) => http2.accept(socket),
  });
  const onConnection = sniffer.accept;
  const bound =
    socketPath === undefined
      ? await bind({ plan, sharesPorts, port, flag, onConnection, onAcceptError })
      : await bindSocket({ path: socketPath, onConnection, onAcceptError });
  return { ...bound, closeUndecided: () => sniffer.close() };
}

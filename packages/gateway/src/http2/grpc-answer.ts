import { constants, type ServerHttp2Stream } from 'node:http2';
import type { Refusal } from '../pool/refusal.ts';
import { GRPC, grpcMessage, grpcStatusOf } from './grpc-status.ts';

/** How a call ends where its replica does not say it. */
export interface GrpcEnd {
  readonly status: number;
  readonly message: string;
}

/** Answers a call that got no header yet by its status alone ("Trailers-Only" in gRPC over HTTP/2). */
export function refuseGrpc(stream: ServerHttp2Stream, refusal: Refusal, requestId: string): void {
  if (stream.destroyed || stream.headersSent) {
    stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    return;
  }
  stream.respond(
    {
      ':status': 200,
      'content-type': 'application/grpc',
      'x-request-id': requestId,
      'grpc-status': String(grpcStatusOf(refusal.status)),
      'grpc-message': grpcMessage(refusal.message),
    },
    { endStream: true },
  );
  stopClient(stream);
}

/** The answer is whole; a client that still sends is told that nobody reads it (RFC 9113, 8.1). */
export function stopClient(stream: ServerHttp2Stream): void {
  stream.resume();
  // After this turn, so that the end of the answer goes first.
  setImmediate(() => {
    if (!stream.readableEnded && !stream.destroyed) stream.close(constants.NGHTTP2_NO_ERROR);
  });
}

/** How a call ends whose replica sent a part of an answer and no status. `isLost`: its connection is gone. */
export function brokenEnd(rstCode: number, isLost: boolean): GrpcEnd {
  if (isLost || rstCode === constants.NGHTTP2_CANCEL || rstCode === constants.NGHTTP2_REFUSED_STREAM) {
    return { status: GRPC.unavailable, message: 'the replica was lost in the middle of its answer; try again' };
  }
  if (rstCode === constants.NGHTTP2_NO_ERROR) {
    return { status: GRPC.unknown, message: 'the replica ended its answer without a status' };
  }
  // As clients read a reset themselves (gRPC over HTTP/2, "Errors").
  const status = rstCode === constants.NGHTTP2_ENHANCE_YOUR_CALM ? GRPC.resourceExhausted : GRPC.internal;
  return { status, message: `the replica reset the call (HTTP/2 error ${rstCode})` };
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Refusal } from '../pool/refusal.ts';

/** Answers a request that is not forwarded, as a KServe server words its errors. */
export function answerRefusal(
  request: IncomingMessage,
  response: ServerResponse,
  refusal: Refusal,
  requestId: string,
  extraHeaders: readonly string[],
): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const body = Buffer.from(JSON.stringify({ error: refusal.message }));
  response.setHeader('content-type', 'application/json');
  response.setHeader('content-length', body.length);
  response.setHeader('x-request-id', requestId);
  if (refusal.retryAfter !== undefined) response.setHeader('retry-after', refusal.retryAfter);
  for (let index = 0; index < extraHeaders.length; index += 2) {
    response.setHeader(extraHeaders[index] as string, extraHeaders[index + 1] as string);
  }
  // What was not read would be taken for the next request.
  if (!request.complete && request.httpVersionMajor === 1) response.setHeader('connection', 'close');
  response.statusCode = refusal.status;
  response.end(request.method === 'HEAD' ? undefined : body);
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Refusal } from '../pool/refusal.ts';

/** Milliseconds in which the rest of a refused body is taken and thrown away. */
const LINGER_MS = 5_000;

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
  response.statusCode = refusal.status;
  const sent = request.method === 'HEAD' ? undefined : body;
  if (request.complete || request.httpVersionMajor > 1) {
    response.end(sent);
    return;
  }
  // What was not read would be taken for the next request.
  response.setHeader('connection', 'close');
  if (sent === undefined || refusal.status === 408) response.end(sent);
  else {
    response.write(sent);
    linger(request, response);
  }
}

/**
 * Ends the connection when the rest of the body has come, or has had its time: one that is closed over bytes that nobody
 * took is reset, and its client may never read the answer (RFC 9112, 9.6).
 */
function linger(request: IncomingMessage, response: ServerResponse): void {
  const end = () => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(end, LINGER_MS);
  request.once('end', end);
  request.once('close', end);
  request.resume();
}

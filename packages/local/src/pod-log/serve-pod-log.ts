import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { LogLine, PodLogs } from '../logs/pod-logs.ts';
import { type LogQuery, LogQueryError, readLogQuery } from './log-query.ts';

/** Whose output is read. */
export interface PodLogKey {
  readonly namespace: string;
  readonly name: string;
  /** Names that `container` may give; without them every name is taken. */
  readonly containers?: readonly string[];
}

/**
 * Answers `GET /api/v1/namespaces/{ns}/pods/{name}/log`. That the pod exists is the caller's to check. Resolves when the
 * answer is finished, the client is gone or `closing` fires; a client that reads slowly holds up the reading, not the memory.
 */
export async function servePodLog(
  query: URLSearchParams,
  key: PodLogKey,
  logs: PodLogs,
  response: ServerResponse,
  closing: AbortSignal,
  now: Date = new Date(),
): Promise<void> {
  let wanted: LogQuery;
  try {
    wanted = readLogQuery(query, now);
    checkContainer(wanted, key);
  } catch (error) {
    if (!(error instanceof LogQueryError)) throw error;
    return refuse(response, error.message);
  }
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const signal = AbortSignal.any([gone.signal, closing]);
  const lines = logs.read(key.namespace, key.name, {
    follow: wanted.follow,
    previous: wanted.previous,
    signal,
    ...(wanted.tailLines !== undefined && { tailLines: wanted.tailLines }),
    ...(wanted.since !== undefined && { since: wanted.since }),
  });
  try {
    // A follower wants to know at once that it is connected; others wait for the first line, which may be an error.
    if (wanted.follow) begin(response);
    await sendLines(lines, wanted, response, signal);
    if (!response.headersSent && wanted.previous) {
      return refuse(response, `pod "${key.name}" has no output of a run before its last restart`);
    }
    begin(response);
    response.end();
  } catch (error) {
    if (signal.aborted) return void response.end();
    if (!response.headersSent) throw error;
    // The answer has begun: all that can be said is that it is not whole.
    response.destroy(error instanceof Error ? error : new Error(String(error)));
  } finally {
    gone.abort();
  }
}

async function sendLines(
  lines: AsyncIterable<LogLine>,
  wanted: LogQuery,
  response: ServerResponse,
  gone: AbortSignal,
): Promise<void> {
  let left = wanted.limitBytes ?? Number.POSITIVE_INFINITY;
  let isWithinLine = false;
  for await (const line of lines) {
    if (gone.aborted) return;
    if (wanted.stream !== undefined && line.stream !== wanted.stream) continue;
    const head = wanted.timestamps && !isWithinLine ? `${line.time} ` : '';
    isWithinLine = line.isPart === true;
    let bytes = Buffer.from(`${head}${line.text}${isWithinLine ? '' : '\n'}`);
    if (bytes.length > left) bytes = bytes.subarray(0, left);
    left -= bytes.length;
    begin(response);
    if (!response.write(bytes)) await drained(response, gone);
    if (left <= 0) return;
  }
}

/** Ends when the client has read what was written, or is gone. */
async function drained(response: ServerResponse, gone: AbortSignal): Promise<void> {
  if (gone.aborted) return;
  await once(response, 'drain', { signal: gone }).catch(() => undefined);
}

function begin(response: ServerResponse): void {
  if (response.headersSent) return;
  response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' });
  response.flushHeaders();
}

/** Without a name, or with an empty one, the only container is meant. @throws LogQueryError */
function checkContainer({ container }: LogQuery, { name, containers }: PodLogKey): void {
  if (container === undefined || containers === undefined || containers.includes(container)) return;
  const choice = containers.length === 0 ? 'it has none' : `it has ${containers.join(', ')}`;
  throw new LogQueryError(`container ${container.slice(0, 260)} is not valid for pod ${name}: ${choice}`);
}

function refuse(response: ServerResponse, message: string): void {
  const status = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason: 'BadRequest',
    code: 400,
  };
  const body = Buffer.from(JSON.stringify(status));
  response.writeHead(400, { 'content-type': 'application/json', 'content-length': body.length });
  response.end(body);
}

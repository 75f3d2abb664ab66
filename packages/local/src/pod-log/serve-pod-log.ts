import type { ServerResponse } from 'node:http';
import type { PodLogs } from '../logs/pod-logs.ts';

/** Answers `kubectl logs`. */
export async function servePodLog(
  query: URLSearchParams,
  key: { readonly namespace: string; readonly name: string },
  logs: PodLogs,
  response: ServerResponse,
  closing: AbortSignal,
): Promise<void> {
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  const signal = AbortSignal.any([gone.signal, closing]);
  response.writeHead(200, { 'content-type': 'text/plain' });
  const options = { follow: query.get('follow') === 'true', previous: query.get('previous') === 'true', signal };
  for await (const line of logs.read(key.namespace, key.name, options)) {
    if (!response.write(`${line.text}\n`)) await new Promise((resolve) => response.once('drain', resolve));
  }
  response.end();
}

import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { Egress } from '../network/egress.ts';

const MAX_TEXT_BYTES = 64 * 1024 * 1024;

/** One request by an egress' agents; redirects are not followed. Rejects with the socket's error. */
export function httpRequest(
  url: URL,
  options: {
    readonly egress: Egress;
    readonly headers: Readonly<Record<string, string>>;
    readonly stallMs: number;
    readonly signal: AbortSignal | undefined;
    /** Makes it a POST. */
    readonly body?: string;
    readonly method?: 'HEAD';
  },
): Promise<IncomingMessage> {
  const client = url.protocol === 'https:' ? https : http;
  return new Promise((resolve, reject) => {
    const request = client.request(url, {
      method: options.method ?? (options.body === undefined ? 'GET' : 'POST'),
      agent: options.egress.agentFor(url),
      headers: { 'user-agent': 'berth', ...options.headers },
      timeout: options.stallMs,
      maxHeaderSize: 32 * 1024,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    request.on('timeout', () => request.destroy(new Error(`nothing came for ${options.stallMs / 1000} s`)));
    request.on('response', resolve);
    request.on('error', reject);
    request.end(options.body);
  });
}

/** The body as text, up to 64 MiB. */
export async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_TEXT_BYTES) throw new Error('the answer is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

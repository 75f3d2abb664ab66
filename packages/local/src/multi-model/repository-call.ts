import { request } from 'node:http';
import type { Address } from '@berth/api';

const TIMEOUT_MS = 120_000;
const MAX_ANSWER = 64 * 1024;

/** Loads or unloads a model by its name in one replica. Resolves with why not, or undefined where it was done. */
export function callRepository(address: Address, model: string, verb: 'load' | 'unload'): Promise<string | undefined> {
  const place = 'path' in address ? { socketPath: address.path } : { host: address.host, port: address.port };
  return new Promise((resolve) => {
    const sent = request(
      {
        ...place,
        method: 'POST',
        path: `/v2/repository/models/${encodeURIComponent(model)}/${verb}`,
        headers: { host: 'localhost', 'content-type': 'application/json', 'content-length': 2 },
        timeout: TIMEOUT_MS,
      },
      (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => {
          if (text.length < MAX_ANSWER) text += chunk;
        });
        response.on('end', () => resolve(response.statusCode === 200 ? undefined : errorOf(text, response.statusCode)));
        response.on('error', (error) => resolve(error.message));
      },
    );
    sent.on('timeout', () => sent.destroy(new Error('the replica gave no answer in time')));
    sent.on('error', (error) => resolve(error.message));
    sent.end('{}');
  });
}

function errorOf(text: string, status: number | undefined): string {
  try {
    const { error } = JSON.parse(text) as { error?: unknown };
    if (typeof error === 'string') return error;
  } catch {
    // Told by its number.
  }
  return `the replica answered ${status}`;
}

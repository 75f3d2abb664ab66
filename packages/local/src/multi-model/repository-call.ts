import { request } from 'node:http';
import type { Address } from '@berth/api';
import type { ReplicaModel } from '@berth/control';

const TIMEOUT_MS = 120_000;
const MAX_ANSWER = 64 * 1024;
const MAX_REPORT = 16 * 1024 * 1024;

/**
 * Loads or unloads a model by its name in one replica. Resolves with why not, or undefined where it was done; never rejects.
 */
export async function callRepository(
  address: Address,
  model: string,
  verb: 'load' | 'unload',
  signal: AbortSignal,
): Promise<string | undefined> {
  const path = `/v2/repository/models/${encodeURIComponent(model)}/${verb}`;
  const answer = await ask(address, 'POST', path, MAX_ANSWER, signal);
  if ('problem' in answer) return answer.problem;
  return answer.status === 200 ? undefined : errorOf(answer.text, answer.status);
}

/** What a replica of Berth's own says of its models; a text is why it says nothing. Never rejects. */
export async function readRepository(address: Address, signal: AbortSignal): Promise<readonly ReplicaModel[] | string> {
  const answer = await ask(address, 'GET', '/_berth/replica', MAX_REPORT, signal);
  if ('problem' in answer) return answer.problem;
  try {
    const { models } = JSON.parse(answer.text) as { models?: unknown };
    if (answer.status === 200 && Array.isArray(models)) return models;
  } catch {
    // Told below.
  }
  return `the replica gives no report of its models (${answer.status})`;
}

type Answer = { readonly status: number | undefined; readonly text: string } | { readonly problem: string };

function ask(
  address: Address,
  method: 'GET' | 'POST',
  path: string,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Answer> {
  const place = 'path' in address ? { socketPath: address.path } : { host: address.host, port: address.port };
  const body = method === 'POST' ? '{}' : '';
  return new Promise((resolve) => {
    const fail = (error: Error) => resolve({ problem: error.message });
    const headers = { host: 'localhost', 'content-type': 'application/json', 'content-length': body.length };
    const sent = request({ ...place, method, path, headers, agent: false, signal }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
        if (text.length > maxBytes) sent.destroy(new Error('the answer of the replica is too long'));
      });
      response.on('end', () => resolve({ status: response.statusCode, text }));
      response.on('error', fail);
    });
    // For the whole of it: a replica that sends a byte now and then would never be idle.
    const timer = setTimeout(() => sent.destroy(new Error('the replica gave no answer in time')), TIMEOUT_MS);
    sent.on('close', () => clearTimeout(timer));
    sent.on('error', fail);
    sent.end(body);
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

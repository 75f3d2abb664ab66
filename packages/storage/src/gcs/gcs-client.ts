import type { IncomingMessage } from 'node:http';
import type { Egress } from '../network/egress.ts';
import { type CloudClient, CloudFailure, type ListedObject } from '../remote/cloud-client.ts';
import { httpRequest, textOf } from '../remote/http-request.ts';
import type { GcsConfig } from './gcs-config.ts';

/** Headers that authorise a request; asked for each, since tokens expire. */
export type Authorize = () => Promise<Readonly<Record<string, string>>>;

interface ListedItem {
  readonly name?: string;
  readonly size?: string;
  readonly generation?: string;
  readonly md5Hash?: string;
  readonly updated?: string;
}

const FIELDS = 'items(name,size,generation,md5Hash,updated),prefixes,nextPageToken';

/** A bucket of Google Cloud Storage by its documented JSON API. An object's etag here is its generation. */
export function createGcsClient(
  bucket: string,
  { base, isEmulator }: Pick<GcsConfig, 'base' | 'isEmulator'>,
  egress: Egress,
  authorize: Authorize,
  stallMs: number,
): CloudClient {
  const root = `${base}/storage/v1/b/${encodeURIComponent(bucket)}/o`;

  async function get(url: URL, headers: Record<string, string>, signal: AbortSignal | undefined) {
    const authorization = await authorize();
    const response = await httpRequest(url, { egress, stallMs, signal, headers: { ...headers, ...authorization } });
    const status = response.statusCode ?? 0;
    if (status === 200 || status === 206) return response;
    throw await failureOf(response);
  }

  return {
    async list(query, signal) {
      const url = new URL(root);
      url.searchParams.set('prefix', query.prefix);
      url.searchParams.set('maxResults', String(query.limit));
      url.searchParams.set('fields', FIELDS);
      if (query.delimiter !== undefined) url.searchParams.set('delimiter', query.delimiter);
      if (query.next !== undefined) url.searchParams.set('pageToken', query.next);
      const text = await textOf(await get(url, { accept: 'application/json' }, signal));
      const answer = parse(text);
      const next = answer.nextPageToken === '' ? undefined : answer.nextPageToken;
      return {
        objects: (answer.items ?? []).flatMap(listed),
        folders: answer.prefixes ?? [],
        ...(next === undefined ? {} : { next }),
      };
    },
    async read(object, range, signal) {
      const url = new URL(`${root}/${encodeURIComponent(object.key)}`);
      url.searchParams.set('alt', 'media');
      if (object.etag !== undefined) url.searchParams.set('ifGenerationMatch', object.etag);
      const headers: Record<string, string> = { 'accept-encoding': 'gzip' };
      if (range !== undefined) headers.range = `bytes=${range.start}-${range.end === undefined ? '' : range.end - 1}`;
      const response = await get(url, headers, signal).catch((thrown: unknown) => {
        // Some emulators have bytes only where Google's other clients ask for them.
        if (!isEmulator || !(thrown instanceof CloudFailure) || thrown.status !== 404) throw thrown;
        return get(new URL(url.href.replace(`${base}/storage/`, `${base}/download/storage/`)), headers, signal);
      });
      const generation = response.headers['x-goog-generation'];
      const isOther = object.etag !== undefined && generation !== undefined && generation !== object.etag;
      const isUnasked = range !== undefined && response.statusCode !== 206;
      if (!isOther && !isUnasked) return response;
      response.destroy();
      throw isOther
        ? new CloudFailure('conditionNotMet', 'another generation', { status: 412 })
        : new CloudFailure('rangeIgnored', 'the whole object came instead of a range');
    },
    async close() {
      egress.close();
    },
  };
}

function listed(item: ListedItem): ListedObject[] {
  if (typeof item.name !== 'string') return [];
  const md5 = item.md5Hash === undefined ? '' : Buffer.from(item.md5Hash, 'base64').toString('hex');
  return [
    {
      key: item.name,
      size: Number(item.size ?? 0),
      ...(item.generation === undefined || item.generation === '' ? {} : { etag: item.generation }),
      ...(/^[0-9a-f]{32}$/.test(md5) ? { md5 } : {}),
      ...(item.updated === undefined ? {} : { lastModified: new Date(item.updated) }),
    },
  ];
}

interface ListAnswer {
  readonly items?: readonly ListedItem[];
  readonly prefixes?: readonly string[];
  readonly nextPageToken?: string;
}

function parse(text: string): ListAnswer {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null) return parsed as ListAnswer;
  } catch {
    // What follows says it better.
  }
  throw new CloudFailure('notGcs', 'the answer is no listing');
}

async function failureOf(response: IncomingMessage): Promise<CloudFailure> {
  const text = await textOf(response).catch(() => '');
  let reason = '';
  try {
    const { error } = JSON.parse(text) as { error?: { errors?: { reason?: string }[]; status?: string } };
    reason = error?.errors?.[0]?.reason ?? error?.status ?? '';
  } catch {
    // Downloads answer errors in plain text.
  }
  const seconds = Number(response.headers['retry-after'] ?? Number.NaN);
  return new CloudFailure(reason, `status ${response.statusCode}`, {
    status: response.statusCode,
    ...(Number.isFinite(seconds) ? { retryAfterSeconds: Math.min(60, Math.max(0, seconds)) } : {}),
  });
}

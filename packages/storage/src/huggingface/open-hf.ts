import type { IncomingMessage } from 'node:http';
import type { HttpAccess } from '../http/http-access.ts';
import { networkError, openUrl } from '../http/open.ts';
import { readRange } from '../http/read-range.ts';
import { retryAfter } from '../http/status-error.ts';
import { checkUrl } from '../http/url-rules.ts';
import { httpRequest, textOf } from '../remote/http-request.ts';
import type { RemoteLocation } from '../remote/remote-location.ts';
import type { RemoteObject } from '../remote/remote-store.ts';
import { retrying } from '../remote/retrying.ts';
import { StorageError } from '../storage-error.ts';
import { type HfLocation, hfLocation } from './hf-uri.ts';
import { fileOfHead, hubObject, readHubModel } from './hub-model.ts';

const DEFAULT_ENDPOINT = 'https://huggingface.co';

/** How the Hub is reached. */
export interface HfAccess {
  readonly access: HttpAccess;
  /** HF_ENDPOINT: the Hub, or a mirror of it. */
  readonly endpoint: string | undefined;
  /** HF_TOKEN: a secret. */
  readonly token: string | undefined;
  /** Of the first pause between tries. */
  readonly pauseMs?: number;
}

/**
 * A model of the Hugging Face Hub by its documented REST API: the revision is resolved to a commit once, and every file is
 * read at that commit, so that a push meanwhile changes nothing. The vendor's client is not used, since it leaves no room
 * for pinned addresses, proxies and parts.
 * @throws StorageError InvalidStorageUri
 */
export function openHf(uri: string, hf: HfAccess): RemoteLocation {
  const location = hfLocation(uri);
  const endpoint = endpointUrl(hf.endpoint);
  const id = `${location.owner}/${location.model}`;
  const credentials: Record<string, string> = hf.token === undefined ? {} : { authorization: `Bearer ${hf.token}` };
  let commit = '';

  async function list(signal: AbortSignal | undefined): Promise<RemoteObject[]> {
    const url = `${endpoint}/api/models/${id}/revision/${encodeURIComponent(location.revision)}?blobs=true`;
    const ask = async () => {
      const response = await openUrl(url, {
        access: hf.access,
        credentials,
        headers: { accept: 'application/json' },
        signal,
      });
      if (response.statusCode === 200) return textOf(response);
      response.destroy();
      throw hubError(response, location, hf.token !== undefined);
    };
    const retries = { attempts: 4, budgetMs: 10_000, pauseMs: hf.pauseMs ?? 250, signal };
    const text = await retrying(ask, retries);
    const answer = readHubModel(text, endpoint);
    commit = answer.commit ?? location.revision;
    const objects: RemoteObject[] = [];
    for (const file of answer.files) {
      // A mirror that knows only names is asked for each file.
      objects.push(
        file.size === undefined ? await retrying(() => ofHead(file.path, signal), retries) : hubObject(file),
      );
    }
    return objects;
  }

  const fileUrl = (path: string) =>
    `${endpoint}/${id}/resolve/${encodeURIComponent(commit)}/${path.split('/').map(encodeURIComponent).join('/')}`;

  async function ofHead(path: string, signal: AbortSignal | undefined): Promise<RemoteObject> {
    const url = checkUrl(fileUrl(path));
    await hf.access.check(url);
    const { egress, stallTimeoutMs } = hf.access;
    let response: IncomingMessage;
    try {
      response = await httpRequest(url, {
        egress,
        headers: credentials,
        stallMs: stallTimeoutMs,
        signal,
        method: 'HEAD',
      });
    } catch (cause) {
      throw networkError(url, cause, signal);
    }
    response.destroy();
    if ((response.statusCode ?? 0) >= 400) throw hubError(response, location, hf.token !== undefined);
    return hubObject(fileOfHead(path, response.headers));
  }

  return {
    prefix: '',
    store: {
      name: `hf://${id}`,
      async *list(_prefix, signal) {
        yield* await list(signal);
      },
      async read(one, range, signal) {
        const url = fileUrl(one.key);
        if (one.size === 0) return none();
        try {
          // A commit does not change: no etag has to tie the parts together. Its digests are checked in the end.
          const { etag: _, ...plain } = one;
          return await readRange(url, plain, range, { access: hf.access, credentials, signal, cutsWhole: true });
        } catch (thrown) {
          throw thrown instanceof StorageError ? explained(thrown, location, hf.token !== undefined) : thrown;
        }
      },
      close: async () => hf.access.egress.close(),
    },
  };
}

async function* none(): AsyncGenerator<Uint8Array> {
  // An empty file.
}

function endpointUrl(text: string | undefined): string {
  const written = text?.trim() ?? '';
  if (written === '') return DEFAULT_ENDPOINT;
  let url: URL;
  try {
    url = new URL(written);
  } catch {
    throw new StorageError('InvalidStorageUri', 'HF_ENDPOINT is no URL');
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new StorageError('InvalidStorageUri', 'HF_ENDPOINT must begin with https:// or http://');
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

/** The Hub's own word for what is wrong stands in a header. */
function hubError(response: IncomingMessage, location: HfLocation, hasToken: boolean): StorageError {
  const status = response.statusCode ?? 0;
  const code = String(response.headers['x-error-code'] ?? '');
  const id = `${location.owner}/${location.model}`;
  if (code === 'GatedRepo') return gated(id, hasToken);
  if (code === 'RevisionNotFound') {
    return new StorageError('NotFound', `hf://${id} has no revision "${location.revision}"`);
  }
  if (code === 'EntryNotFound') return new StorageError('NotFound', `a file of hf://${id} is not there any more`);
  const isTransient = status >= 500 || status === 408 || status === 429;
  if (status === 401 || status === 403 || status === 404 || code === 'RepoNotFound')
    return unknown(id, status, hasToken);
  return new StorageError('DownloadFailed', `hf://${id}: the Hub answers ${status}`, {
    isTransient,
    retryAfterSeconds: retryAfter(response),
  });
}

/** Of a file, the Hub says no with a plain status. */
function explained(error: StorageError, location: HfLocation, hasToken: boolean): StorageError {
  return error.reason === 'AccessDenied' ? gated(`${location.owner}/${location.model}`, hasToken) : error;
}

function gated(id: string, hasToken: boolean): StorageError {
  const what = hasToken
    ? 'the token of HF_TOKEN has no access to it: accept its terms on its page with the account of the token'
    : 'accept its terms on its page, and put a token of that account into a Secret as HF_TOKEN';
  return new StorageError('AccessDenied', `hf://${id} is a gated model; ${what}`);
}

/** The Hub does not tell a private model from one that is not there. */
function unknown(id: string, status: number, hasToken: boolean): StorageError {
  const what = hasToken
    ? 'there is no such model, or the token of HF_TOKEN may not see it'
    : 'there is no such model, or it is private and needs HF_TOKEN in a Secret';
  return new StorageError(status === 404 ? 'NotFound' : 'AccessDenied', `hf://${id}: ${what}`);
}

import type { IncomingHttpHeaders } from 'node:http';
import type { RemoteObject } from '../remote/remote-store.ts';
import { StorageError } from '../storage-error.ts';

const COMMIT = /^[0-9A-Za-z._-]{1,100}$/;
const SHA256 = /^[0-9a-f]{64}$/;
const SHA1 = /^[0-9a-f]{40}$/;

/** A file of a model, as far as the Hub tells. */
export interface HubFile {
  readonly path: string;
  readonly size?: number;
  /** Of large files. */
  readonly sha256?: string;
  /** Of files that lie in git. */
  readonly gitSha1?: string;
}

/** A model at one commit. */
export interface HubModel {
  readonly commit: string | undefined;
  readonly files: readonly HubFile[];
}

/** Reads the answer of `/api/models/{id}/revision/{revision}?blobs=true`. @throws StorageError DownloadFailed */
export function readHubModel(text: string, endpoint: string): HubModel {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    answer = undefined;
  }
  const { sha, siblings } = isRecord(answer) ? answer : {};
  if (!Array.isArray(siblings)) {
    const message = `${endpoint} does not answer as the Hugging Face Hub does; is HF_ENDPOINT right?`;
    throw new StorageError('DownloadFailed', message);
  }
  return {
    commit: typeof sha === 'string' && COMMIT.test(sha) ? sha : undefined,
    files: siblings.filter(isRecord).flatMap(readSibling),
  };
}

/** Reads the headers of a file's own address: those of a large file speak of what they link to. */
export function fileOfHead(path: string, headers: IncomingHttpHeaders): HubFile {
  const size = Number(headers['x-linked-size'] ?? headers['content-length'] ?? Number.NaN);
  const etag = String(headers['x-linked-etag'] ?? headers.etag ?? '').replace(/^(W\/)?"|"$/g, '');
  return { path, ...(isSize(size) ? { size } : {}), ...digestOf(etag) };
}

/** @throws StorageError DownloadFailed where nobody tells how large the file is */
export function hubObject({ path, size, sha256, gitSha1 }: HubFile): RemoteObject {
  if (size === undefined) {
    throw new StorageError('DownloadFailed', `the Hub tells no size of ${JSON.stringify(path.slice(0, 200))}`);
  }
  return {
    key: path,
    path,
    size,
    ...(sha256 === undefined ? {} : { sha256 }),
    ...(gitSha1 === undefined ? {} : { gitSha1, etag: gitSha1 }),
  };
}

function readSibling({ rfilename, size, blobId, lfs }: Record<string, unknown>): HubFile[] {
  // Git's own settings are no part of a model.
  if (typeof rfilename !== 'string' || rfilename === '.gitattributes') return [];
  const large = isRecord(lfs) ? lfs : {};
  const bytes = isSize(large.size) ? large.size : size;
  const digest = large.sha256 ?? large.oid ?? blobId;
  return [
    {
      path: rfilename,
      ...(isSize(bytes) ? { size: bytes } : {}),
      ...digestOf(typeof digest === 'string' ? digest : ''),
    },
  ];
}

function digestOf(text: string): { readonly sha256?: string; readonly gitSha1?: string } {
  if (SHA256.test(text)) return { sha256: text };
  return SHA1.test(text) ? { gitSha1: text } : {};
}

function isSize(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

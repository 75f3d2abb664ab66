import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { FetchedModel, Fetcher, FetchOptions } from '../fetcher.ts';
import { localFetcher } from '../local/local-fetcher.ts';
import { StorageError } from '../storage-error.ts';

/** A claim's name: a DNS subdomain, as Kubernetes has it. */
const CLAIM = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;

/** `pvc://claim/path`: a file or folder in the folder of this machine that stands for the claim. */
export const pvcFetcher: Fetcher = {
  schemes: ['pvc'],

  async fetch(uri: string, options: FetchOptions): Promise<FetchedModel> {
    const { claim, path } = parsePvcUri(uri);
    const folder = new Map(Object.entries(options.volumes ?? {})).get(claim);
    if (folder === undefined) throw new StorageError('NotFound', noFolder(claim));
    const root = resolve(folder);
    if ((await stat(root).catch(() => undefined))?.isDirectory() !== true) {
      throw new StorageError('NotFound', `the folder ${root} of the claim ${claim} is not there`);
    }
    return localFetcher.fetch(resolve(root, path), { ...options, roots: [root] });
  },
};

/**
 * The claim and the path in it, which is empty for the whole claim.
 * @throws StorageError InvalidStorageUri
 */
export function parsePvcUri(uri: string): { readonly claim: string; readonly path: string } {
  if (!uri.startsWith('pvc://')) throw invalid('write pvc://claim/path');
  const written = uri.slice('pvc://'.length);
  const slash = written.indexOf('/');
  const claim = slash < 0 ? written : written.slice(0, slash);
  if (!CLAIM.test(claim)) throw invalid(`"${claim.slice(0, 100)}" can not be the name of a PersistentVolumeClaim`);
  const parts = (slash < 0 ? '' : written.slice(slash + 1)).split('/').filter((part) => part !== '' && part !== '.');
  if (/[\0\\]/.test(written)) throw invalid('a path holds no NUL character and no backslash');
  if (parts.includes('..')) throw invalid('".." is not allowed in the path of a claim');
  return { claim, path: parts.join('/') };
}

function noFolder(claim: string): string {
  return (
    `no folder of this machine stands for the PersistentVolumeClaim ${claim}; ` +
    `start with --volume ${claim}=FOLDER, or give the claim the annotation berth.dev/folder`
  );
}

function invalid(message: string): StorageError {
  return new StorageError('InvalidStorageUri', `the storage URI is not usable: ${message}`);
}

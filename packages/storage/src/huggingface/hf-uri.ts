import { StorageError } from '../storage-error.ts';

/** A repository of models at a revision. */
export interface HfLocation {
  readonly owner: string;
  readonly model: string;
  /** A branch, a tag or a commit. */
  readonly revision: string;
}

/** What a name of the Hub is made of. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,95}$/;
const REVISION = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,250}$/;

/**
 * Reads `hf://owner/model` and `hf://owner/model:revision`.
 * @throws StorageError InvalidStorageUri
 */
export function hfLocation(uri: string): HfLocation {
  if (!uri.startsWith('hf://')) throw invalid('write hf://owner/model or hf://owner/model:revision');
  const written = uri.slice('hf://'.length);
  const colon = written.indexOf(':');
  const parts = (colon < 0 ? written : written.slice(0, colon)).split('/');
  const revision = colon < 0 ? 'main' : written.slice(colon + 1);
  const [owner = '', model = ''] = parts;
  if (parts.length !== 2) {
    throw invalid(
      `"${written.slice(0, 150)}" has ${parts.length} parts, not owner/model; to take some files only, set STORAGE_ALLOW_PATTERNS`,
    );
  }
  if (!isName(owner) || !isName(model)) throw invalid(`"${owner}/${model}" can not be the name of a model`);
  if (!REVISION.test(revision) || revision.includes('..')) {
    throw invalid(`"${revision.slice(0, 100)}" can not be a branch, a tag or a commit`);
  }
  return { owner, model, revision };
}

function isName(text: string): boolean {
  return NAME.test(text) && !text.includes('..') && !text.includes('--');
}

function invalid(message: string): StorageError {
  return new StorageError('InvalidStorageUri', `the storage URI is not usable: ${message}`);
}

import { StorageError } from '../storage-error.ts';

/**
 * Holds what was fetched against the digest that its owner expects: the SHA-256 of the one file that the URI names (an
 * archive as it is downloaded), or the digest of the tree.
 * @throws StorageError DigestMismatch
 */
export function checkWanted(
  wanted: string | undefined,
  found: { readonly sha256?: string | undefined; readonly digest?: string | undefined },
): void {
  if (wanted === undefined) return;
  const digest = wanted.toLowerCase();
  if (found.sha256 === digest || found.digest === digest) return;
  const seen = found.sha256 ?? found.digest;
  // Used where it lies, without a digest: nobody promised that the bytes stay.
  if (seen === undefined) return;
  const what = found.sha256 === undefined ? 'the digest of the model' : 'the sha256 of the model';
  throw new StorageError('DigestMismatch', `${what} is ${seen}, not ${digest} as wanted; it is not served`);
}

import { StorageError } from '../storage-error.ts';

/** Bucket and path of `s3://bucket/path` and its kin; the path as it is, nothing decoded, without leading slashes. */
export function bucketAndPath(uri: string): { readonly bucket: string; readonly path: string } {
  const [, scheme = '', bucket = '', rest = ''] = /^([a-z0-9+.-]+):\/\/([^/]*)(.*)$/is.exec(uri) ?? [];
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{1,221}$/.test(bucket)) {
    const why =
      bucket === '' ? 'it has no bucket' : bucket.includes('@') ? 'a bucket has no user' : 'that is no bucket';
    throw new StorageError('InvalidStorageUri', `the storage URI is not usable: ${why}; write ${scheme}://bucket/path`);
  }
  const path = rest.replace(/^\/+/, '');
  if (path.length > 2048 || path.includes('\0')) {
    throw new StorageError('InvalidStorageUri', `the path of the storage URI is too long or has a zero byte`);
  }
  return { bucket, path };
}

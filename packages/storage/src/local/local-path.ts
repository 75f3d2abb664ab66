import { isAbsolute, resolve } from 'node:path';
import { StorageError } from '../storage-error.ts';

/**
 * The absolute path that a bare path or a `file://` URI means. Nothing is read.
 * A bare path is taken as it is, relative to `baseFolder`. A URI is decoded once; a host, a query, `..` in any writing,
 * backslashes and a scheme in odd case are refused (the ways around MLflow's and TorchServe's checks).
 * @throws StorageError InvalidStorageUri
 */
export function localPath(uri: string, baseFolder: string): string {
  if (uri.includes('\0')) throw invalid('a path holds no NUL character');
  if (!/^file:/i.test(uri)) return resolve(baseFolder, uri);
  if (!uri.startsWith('file:')) throw invalid('write the scheme in lower case: file://');
  if (!uri.startsWith('file://')) throw invalid('a file URI starts with file:// and an absolute path');
  const written = uri.slice('file://'.length);
  const path = written.startsWith('localhost/') ? written.slice('localhost'.length) : written;
  if (/[?#]/.test(path)) throw invalid('a file URI has no ? or #; write %3F or %23 where the name has one');
  const decoded = decodeOnce(path);
  if (decoded.includes('\\')) throw invalid('a path has no backslash here; use /');
  if (/%(25|2e|2f|5c)/i.test(decoded)) throw invalid('the path is encoded twice');
  if (decoded.split('/').includes('..')) throw invalid('".." is not allowed in a file URI; write the path it leads to');
  if (decoded.startsWith('//')) throw invalid('a path starts with one /, not with a host');
  if (!isAbsolute(decoded)) {
    throw invalid(
      'a file URI needs an absolute path (file:///folder/model); for a relative one write the bare path, e.g. ./model',
    );
  }
  return resolve(decoded);
}

function decodeOnce(path: string): string {
  try {
    return decodeURIComponent(path.replace(/%(?![0-9A-Fa-f]{2})/g, '%25'));
  } catch {
    throw invalid('the path has an escape that is no UTF-8');
  }
}

function invalid(message: string): StorageError {
  return new StorageError('InvalidStorageUri', `the storage URI is not usable: ${message}`);
}

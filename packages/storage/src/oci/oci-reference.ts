import { StorageError } from '../storage-error.ts';

/** An image in a registry. */
export interface OciReference {
  /** Host, and port where one is written. */
  readonly registry: string;
  readonly repository: string;
  /** A tag, or a digest. */
  readonly version: string;
  readonly isDigest: boolean;
}

const SCHEME = /^oci(\+fetch|\+native)?:\/\//;
const REGISTRY = /^(\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?)(:\d{1,5})?$/;
/** Parts of a repository's name as the distribution specification has them. */
const PART = /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const HUB = 'registry-1.docker.io';

/**
 * Reads `oci://registry/repository:tag` and `…@sha256:…`; KServe's `oci+fetch://` and `oci+native://` mean the same here.
 * Without a registry it is Docker Hub, without a tag `latest`.
 * @throws StorageError InvalidStorageUri
 */
export function ociReference(uri: string): OciReference {
  if (!SCHEME.test(uri)) throw invalid('write oci://registry/repository:tag');
  const written = uri.replace(SCHEME, '');
  if (written.length > 500) throw invalid('it is too long');
  const at = written.indexOf('@');
  const digest = at < 0 ? undefined : written.slice(at + 1);
  if (digest !== undefined && !DIGEST.test(digest))
    throw invalid('a digest is sha256: and 64 hex digits in lower case');
  const named = at < 0 ? written : written.slice(0, at);
  // A colon before the last slash belongs to a port.
  const colon = named.indexOf(':', named.lastIndexOf('/') + 1);
  const tag = colon < 0 ? 'latest' : named.slice(colon + 1);
  if (!TAG.test(tag)) throw invalid(`"${tag.slice(0, 100)}" can not be a tag`);
  const { registry, path } = splitRegistry(colon < 0 ? named : named.slice(0, colon));
  if (!REGISTRY.test(registry)) throw invalid(`"${registry.slice(0, 100)}" can not be a registry`);
  if (path.length === 0 || !path.every((part) => PART.test(part))) {
    throw invalid(`"${path.join('/').slice(0, 100)}" can not be a repository; its letters are small`);
  }
  return { registry, repository: path.join('/'), version: digest ?? tag, isDigest: digest !== undefined };
}

function splitRegistry(name: string): { readonly registry: string; readonly path: readonly string[] } {
  const [first = '', ...rest] = name.split('/');
  const isRegistry = rest.length > 0 && (/[.:[]/.test(first) || first === 'localhost');
  if (!isRegistry) return { registry: HUB, path: rest.length === 0 ? ['library', first] : [first, ...rest] };
  const isHub = first === 'docker.io' || first === 'index.docker.io';
  if (!isHub) return { registry: first, path: rest };
  return { registry: HUB, path: rest.length === 1 ? ['library', ...rest] : rest };
}

/** Whether a registry runs on this machine, where people use plain http. */
export function isLoopbackRegistry(registry: string): boolean {
  const host = registry.replace(/:\d+$/, '').toLowerCase();
  return host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}

function invalid(message: string): StorageError {
  return new StorageError('InvalidStorageUri', `the storage URI is not usable: ${message}`);
}

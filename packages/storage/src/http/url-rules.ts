import { lookup as systemLookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { UriAuthor } from '../fetcher.ts';
import { StorageError } from '../storage-error.ts';
import { addressKind, isMetadataHost } from './address-rules.ts';

/** Resolves a host name to its addresses; the system's resolver unless a test gives another. */
export type Resolver = (host: string) => Promise<readonly { address: string; family: number }[]>;

export const systemResolver: Resolver = (host) => systemLookup(host, { all: true, verbatim: true });

/** Which addresses a request may go to. */
export interface EgressPolicy {
  readonly author: UriAuthor;
  readonly strictEgress: boolean;
}

/** A URL with the address it must be asked at, so that a name can not lead elsewhere the second time. */
export interface PinnedUrl {
  readonly url: URL;
  readonly address: string;
  readonly family: number;
  /** All addresses of the host, each checked, the first one first. */
  readonly addresses: readonly { readonly address: string; readonly family: number }[];
  readonly isPrivate: boolean;
}

/**
 * Checks the text of an http(s) URL: no credentials in it, no fragment, no host that only looks like another.
 * @throws StorageError InvalidStorageUri
 */
export function checkUrl(text: string): URL {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw invalid(`it is no URL`);
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw invalid(`${url.protocol}// can not be downloaded from`);
  if (url.username !== '' || url.password !== '') {
    throw invalid('a URL must not carry a user or password; put credentials into a Secret');
  }
  if (url.hash !== '') throw invalid('a URL to download has no # part');
  if (url.hostname.endsWith('.')) throw invalid('the host name ends in a dot');
  if (/[\s\\]/.test(text)) throw invalid('it has a blank or a backslash');
  if (/[^\x20-\x7e]/.test(text.split('/')[2] ?? '')) {
    throw invalid(`the host name is not plain ASCII; if it is meant, write ${url.hostname}`);
  }
  return url;
}

/**
 * Resolves the host once and picks the address to connect to; refuses when any of its addresses may not be asked.
 * @throws StorageError UrlNotAllowed, or DownloadFailed where the name does not resolve
 */
export async function pin(url: URL, policy: EgressPolicy, resolver: Resolver): Promise<PinnedUrl> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isMetadataHost(host)) throw notAllowed(url, 'it is a metadata service');
  const addresses = isIP(host) !== 0 ? [{ address: host, family: isIP(host) }] : await resolve(host, resolver);
  const kinds = addresses.map((one) => addressKind(one.address));
  if (kinds.includes('never')) {
    throw notAllowed(url, 'its address is link-local, a metadata service or reserved, which is never asked');
  }
  const isPrivate = kinds.includes('private');
  if (isPrivate && (policy.strictEgress || policy.author === 'request')) {
    throw notAllowed(url, 'its address is private or loopback');
  }
  const first = addresses[0] as { address: string; family: number };
  return { url, address: first.address, family: first.family, addresses, isPrivate };
}

async function resolve(host: string, resolver: Resolver) {
  let addresses: Awaited<ReturnType<Resolver>>;
  try {
    addresses = await resolver(host);
  } catch (thrown) {
    throw new StorageError('DownloadFailed', `the host ${host} does not resolve`, { cause: thrown, isTransient: true });
  }
  if (addresses.length === 0) throw new StorageError('DownloadFailed', `the host ${host} has no address`);
  return addresses;
}

function invalid(message: string): StorageError {
  return new StorageError('InvalidStorageUri', `the storage URI is not usable: ${message}`);
}

function notAllowed(url: URL, why: string): StorageError {
  return new StorageError('UrlNotAllowed', `${url.origin} may not be downloaded from: ${why}`);
}

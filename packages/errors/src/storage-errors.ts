import type { ErrorTable } from './error-entry.ts';

/** Why a storage URI gave no files. */
export const STORAGE_ERRORS = {
  StorageNotSupported: {
    what: 'The scheme of the storage URI is not one that Berth can fetch, or its client is not installed.',
    todo: 'Use one of the schemes of docs/storage.md, or install the package that the message names.',
  },
  InvalidStorageUri: {
    what: 'The storage URI is not well formed, or tries to leave its place.',
    todo: 'Compare it with the examples of docs/storage.md.',
  },
  UrlNotAllowed: {
    what: 'The URL leads to an address that Berth does not ask: the machine’s metadata service, link-local, or anything private where the URL is not the operator’s.',
    todo: 'Use a public address, or let the operator allow it (docs/storage.md).',
  },
  NotFound: {
    what: 'There is nothing at the storage URI.',
    todo: 'Check bucket, path and spelling; a prefix of objects ends in no file name.',
  },
  AccessDenied: {
    what: 'The store, or the disk, refused to let Berth read or write.',
    todo: 'Give credentials by a Secret on the ServiceAccount (docs/storage.md), or mend the permissions.',
  },
  DownloadFailed: {
    what: 'The server or the network failed at every try.',
    todo: 'Check the address, the proxy variables and the network; the download is tried again, and goes on where it stopped.',
  },
  DigestMismatch: {
    what: 'The bytes are not those that the annotation or the store promised; they are not served.',
    todo: 'Find out which of the two is wrong: the sha256 that was written down, or the file.',
  },
  RevisionMissing: {
    what: 'The service was rolled back to a revision whose bytes are not on this machine any more, and its source has others.',
    todo: 'Bring the old bytes back to the source, or remove the annotation `berth.dev/rollback-to` to serve what it has.',
  },
  ObjectChanged: {
    what: 'The object was replaced while it was being downloaded.',
    todo: 'Nothing: it is listed and fetched again. If it goes on, something rewrites it all the time.',
  },
  ArchiveRefused: {
    what: 'The archive holds something that has no business there: a link out of it, a device, a path upwards.',
    todo: 'Pack it again from plain files and folders.',
  },
  CorruptArchive: {
    what: 'The archive is damaged or cut short.',
    todo: 'Pack or upload it again.',
  },
  NoSpace: {
    what: 'The disk has no room for the model.',
    todo: 'Free some (`berth cache prune`), or move the cache with `--cache-dir`.',
  },
  DownloadCancelled: {
    what: 'The download was given up because nobody needs it any more.',
    todo: 'Nothing.',
  },
} as const satisfies ErrorTable;

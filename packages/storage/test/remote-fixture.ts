import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { openRemote } from '../src/remote/open-remote.ts';
import type { RemoteAccess } from '../src/remote/remote-access.ts';
import type { ByteRange, RemoteObject } from '../src/remote/remote-store.ts';
import { StorageError } from '../src/storage-error.ts';

/** What a URI lists to. */
export async function listRemote(uri: string, access: RemoteAccess): Promise<RemoteObject[]> {
  const location = await openRemote(uri, access);
  assert.ok(location !== undefined);
  try {
    return await Array.fromAsync(location.store.list(location.prefix));
  } finally {
    await location.store.close?.();
  }
}

/** The text of the first object that a URI lists. */
export async function readRemote(uri: string, access: RemoteAccess, range?: ByteRange): Promise<string> {
  const location = await openRemote(uri, access);
  assert.ok(location !== undefined);
  try {
    const [object] = await Array.fromAsync(location.store.list(location.prefix));
    return Buffer.concat(await Array.fromAsync(await location.store.read(object as RemoteObject, range))).toString();
  } finally {
    await location.store.close?.();
  }
}

/** The StorageError that work fails with; neither it nor its causes hold anything that a Secret holds. */
export async function failureOf(work: Promise<unknown>): Promise<StorageError> {
  try {
    await work;
  } catch (thrown) {
    assert.ok(thrown instanceof StorageError, String(thrown));
    assert.doesNotMatch(inspect(thrown, { depth: 10, showHidden: true }), /canary/);
    return thrown;
  }
  return assert.fail('it worked');
}

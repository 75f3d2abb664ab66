import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { openDatabase, UnusableDatabase } from './schema.ts';
import { createSecretBox, readOrMakeKey } from './secret-box.ts';
import { ObjectStore } from './store.ts';

/** Namespaces that are there from the start. */
export const FIRST_NAMESPACES: readonly string[] = ['default', 'kube-system', 'kserve'];

/**
 * Opens the store of a state folder. A damaged database is set aside, never used and never silently: `onProblem` says
 * where it lies, and an empty one takes its place.
 * @throws UnusableDatabase where a newer build wrote it
 */
export function openStore(options: {
  readonly folder: string;
  readonly now: () => Date;
  readonly onProblem: (message: string) => void;
}): ObjectStore {
  const { folder, now, onProblem } = options;
  const file = join(folder, 'berth.db');
  const secrets = createSecretBox(readOrMakeKey(join(folder, 'secret.key')));
  const open = () => new ObjectStore({ database: openDatabase(file), secrets, now, onProblem });
  let store: ObjectStore;
  try {
    store = open();
  } catch (thrown) {
    if (!(thrown instanceof UnusableDatabase) || !thrown.isCorrupt) throw thrown;
    const aside = setAside(file, now());
    onProblem(`${thrown.message}; it was moved to ${aside}, and the platform starts empty: apply your YAML again`);
    store = open();
  }
  for (const name of FIRST_NAMESPACES) {
    if (store.get({ kind: 'Namespace', name }) === undefined) {
      const labels = { 'kubernetes.io/metadata.name': name };
      store.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels }, status: { phase: 'Active' } });
    }
  }
  return store;
}

/** Moves a database and its journals out of the way. */
function setAside(file: string, now: Date): string {
  const aside = `${file}.damaged-${now.toISOString().replace(/[:.]/g, '-')}`;
  for (const suffix of ['', '-wal', '-shm']) {
    if (existsSync(file + suffix)) renameSync(file + suffix, aside + suffix);
  }
  return aside;
}

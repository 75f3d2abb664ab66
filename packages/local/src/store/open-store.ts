import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { restoreBackup } from './backup.ts';
import { checkRows } from './object-table.ts';
import { openDatabase, UnusableDatabase } from './schema.ts';
import { createSecretBox, readOrMakeKey } from './secret-box.ts';
import { ObjectStore } from './store.ts';

/** Namespaces that are there from the start. */
export const FIRST_NAMESPACES: readonly string[] = ['default', 'kube-system', 'kserve'];

/**
 * Opens the store of a state folder. A damaged database is set aside, never used and never silently: `onProblem` says
 * where it lies, and that the copy of a minute before, or an empty one where there is none, takes its place.
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
  let database: DatabaseSync;
  let firstRevision = 0;
  try {
    database = openChecked(file);
  } catch (thrown) {
    if (!(thrown instanceof UnusableDatabase) || !thrown.isCorrupt) throw thrown;
    const aside = setAside(file, now());
    const start = restoreBackup(file)
      ? 'the platform starts with the last good copy: what was changed after it (a minute at most) is to be applied again'
      : 'there is no good copy, and the platform starts empty: apply your YAML again';
    onProblem(`${thrown.message}; it was moved to ${aside}, and ${start}`);
    database = openChecked(file);
    // Clients know numbers that this database does not: none may be given out a second time.
    firstRevision = now().getTime();
  }
  const store = new ObjectStore({ database, file, secrets, now, onProblem, firstRevision });
  for (const name of FIRST_NAMESPACES) {
    if (store.get({ kind: 'Namespace', name }) === undefined) {
      const labels = { 'kubernetes.io/metadata.name': name };
      store.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels }, status: { phase: 'Active' } });
    }
  }
  return store;
}

function openChecked(file: string): DatabaseSync {
  const database = openDatabase(file);
  try {
    checkRows(database, file);
    return database;
  } catch (thrown) {
    database.close();
    throw thrown;
  }
}

/** Moves a database and its journals out of the way. */
function setAside(file: string, now: Date): string {
  const aside = `${file}.damaged-${now.toISOString().replace(/[:.]/g, '-')}`;
  for (const suffix of ['', '-wal', '-shm']) {
    if (existsSync(file + suffix)) renameSync(file + suffix, aside + suffix);
  }
  return aside;
}

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** A state folder that another keeper has. */
export class StateInUse extends Error {
  readonly pid: number | undefined;
  /** A row of the table of errors. */
  readonly code = 'PlatformRuns';

  constructor(folder: string, pid: number | undefined) {
    const who = pid === undefined ? 'another process' : `the process ${pid}`;
    super(`the platform runs already: ${who} has the state folder ${folder}; stop it first, or use another folder`);
    // What the command line prints without a stack.
    this.name = 'StartError';
    this.pid = pid;
  }
}

/** The right to use a state folder, until `release` or the end of this process. */
export interface StateLock {
  release(): void;
}

/**
 * Takes the state folder (made 0700 where it is not there). The lock is the operating system's, held through a database
 * file: a process that is killed loses it with its last breath, so that no lock is ever stale.
 * @throws StateInUse
 */
export function lockState(folder: string, pid: number = process.pid): StateLock {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, 'lock.db');
  const pidFile = join(folder, 'keeper.pid');
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (/locked|busy/i.test(String(error))) throw new StateInUse(folder, readPid(pidFile));
    throw new Error(`the state folder ${folder} can not be used: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
  writeFileSync(pidFile, `${pid}\n`, { mode: 0o600 });
  return {
    release() {
      if (!database.isOpen) return;
      rmSync(pidFile, { force: true });
      database.close();
    },
  };
}

/** The process that has a state folder; undefined where nobody has. */
export function stateOwner(folder: string): number | undefined {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(join(folder, 'lock.db'), { readOnly: true, timeout: 0 });
    database.exec('PRAGMA locking_mode = EXCLUSIVE');
    database.prepare('SELECT count(*) FROM sqlite_master').get();
    return undefined;
  } catch (error) {
    return /locked|busy/i.test(String(error)) ? readPid(join(folder, 'keeper.pid')) : undefined;
  } finally {
    database?.close();
  }
}

function readPid(path: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(path, 'utf8'), 10);
    return Number.isSafeInteger(pid) && pid > 1 ? pid : undefined;
  } catch {
    return undefined;
  }
}

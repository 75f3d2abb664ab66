import { accessSync, constants } from 'node:fs';

const FOLDERS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** The absolute path of a program of the system's own folders; a PATH that others may set is not asked. */
export function systemProgram(name: string): string | undefined {
  for (const folder of FOLDERS) {
    const path = `${folder}/${name}`;
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Looked for in the next folder.
    }
  }
  return undefined;
}

/**
 * What stands before a command so that the kernel kills it when its parent dies (Linux, prctl PR_SET_PDEATHSIG); empty
 * where there is no such program.
 */
export function deathSignalPrefix(): readonly string[] {
  if (process.platform !== 'linux') return [];
  const setpriv = systemProgram('setpriv');
  return setpriv === undefined ? [] : [setpriv, '--pdeathsig', 'KILL', '--'];
}

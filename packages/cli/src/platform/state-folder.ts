import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { OptionSpecs } from '../arguments/parse.ts';
import type { ArgumentValues } from '../arguments/values.ts';
import type { Io } from '../terminal/io.ts';

export const STATE_OPTION: OptionSpecs = {
  'state-dir': { type: 'string', value: 'FOLDER', help: 'folder of the platform (env BERTH_STATE)' },
};

/**
 * The folder of the platform's state: as told, else /var/lib/berth for root (whose home is closed to the users that
 * replicas run as), else below the user's state folder.
 */
export function stateFolder(values: ArgumentValues, io: Io, isRoot = process.getuid?.() === 0): string {
  const told = values.text('state-dir', 'BERTH_STATE');
  if (told !== undefined) return resolve(io.cwd, told);
  if (isRoot) return '/var/lib/berth';
  return join(io.env.XDG_STATE_HOME ?? join(io.env.HOME ?? homedir(), '.local', 'state'), 'berth');
}

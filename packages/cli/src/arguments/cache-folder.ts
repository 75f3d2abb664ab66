import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Io } from '../terminal/io.ts';
import type { OptionSpecs } from './parse.ts';
import type { ArgumentValues } from './values.ts';

export const CACHE_OPTION: OptionSpecs = {
  'cache-dir': { type: 'string', value: 'FOLDER', help: 'where downloads are kept (env BERTH_CACHE)' },
};

/** The folder of downloaded models: as told, else below the user's cache folder. */
export function cacheFolder(values: ArgumentValues, io: Io): string {
  const told = values.text('cache-dir', 'BERTH_CACHE');
  if (told !== undefined) return resolve(io.cwd, told);
  return join(io.env.XDG_CACHE_HOME ?? join(io.env.HOME ?? homedir(), '.cache'), 'berth', 'models');
}

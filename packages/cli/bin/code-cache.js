// Plain JavaScript, as the launcher: where V8's compiled code is kept. What lies there is run, so the folder is the
// user's alone; Node's own default is a name that anybody can guess in a folder that everybody can write to.
import { lstatSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';

const OTHERS_WRITE = 0o022;

/** A folder for compiled code that nobody else can write to; undefined where there is none. */
export function codeCacheFolder(env = process.env, platform = process.platform) {
  try {
    const folder = join(userCache(env, platform), 'berth', 'code');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    // Windows gives a profile's folders to its user; the bits say nothing there.
    if (platform === 'win32') return folder;
    // Who may write to a folder may put another in the place of what it holds.
    const mine = [folder, dirname(folder), dirname(dirname(folder))].every(isMine);
    return mine ? folder : undefined;
  } catch {
    // No home, a read-only one, a full disk: it starts without.
    return undefined;
  }
}

function userCache(env, platform) {
  const told = env.XDG_CACHE_HOME;
  if (told !== undefined && isAbsolute(told)) return told;
  const home = env.HOME ?? homedir();
  if (platform === 'win32') return env.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local');
  return platform === 'darwin' ? join(home, 'Library', 'Caches') : join(home, '.cache');
}

function isMine(folder) {
  const { uid, mode } = lstatSync(folder);
  return uid === process.getuid() && (mode & OTHERS_WRITE) === 0;
}

import { existsSync, lstatSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, parse, relative, sep } from 'node:path';

/** A folder that is closed to other users, and the entries of it that a replica has to reach. */
export interface Opening {
  readonly folder: string;
  readonly names: readonly string[];
}

const OTHERS_ENTER = 0o001;
const OTHERS_READ = 0o004;

/**
 * Which closed folders stand between any other user and the paths, with what has to be reached in each, outermost first.
 * Paths that are not there are left out. Links are followed as well.
 */
export function openingsFor(paths: readonly string[]): Opening[] {
  const openings = new Map<string, Set<string>>();
  const all = new Set<string>();
  for (const path of paths) {
    if (!existsSync(path)) continue;
    all.add(path);
    all.add(realpathSync(path));
  }
  for (const path of all) {
    for (const [folder, name] of steps(path)) {
      if (isOpen(folder, OTHERS_ENTER)) continue;
      const names = openings.get(folder) ?? new Set();
      openings.set(folder, names.add(name));
    }
  }
  return [...openings]
    .map(([folder, names]) => ({ folder, names: [...names].sort() }))
    .sort((left, right) => left.folder.length - right.folder.length);
}

/** Whether any user can get at a path and at everything below it. Looks at `maxEntries` entries at most. */
export function isReadableTree(path: string, maxEntries = 20_000): boolean {
  const waiting = [path];
  for (let seen = 0; waiting.length > 0; seen++) {
    if (seen > maxEntries) return false;
    const current = waiting.pop() as string;
    const stat = lstatSync(current, { throwIfNoEntry: false });
    if (stat === undefined) return current !== path;
    if (stat.isSymbolicLink()) continue;
    if (stat.isDirectory()) {
      if ((stat.mode & (OTHERS_ENTER | OTHERS_READ)) !== (OTHERS_ENTER | OTHERS_READ)) return false;
      for (const name of readdirSync(current)) waiting.push(join(current, name));
    } else if ((stat.mode & OTHERS_READ) === 0) {
      return false;
    }
  }
  return true;
}

/** Each folder on the way to a path, with the entry that leads on, from the root. */
function* steps(path: string): Generator<[string, string]> {
  const { root } = parse(path);
  let folder = root;
  for (const name of relative(root, path).split(sep)) {
    if (name === '') continue;
    yield [folder, name];
    folder = join(folder, name);
  }
}

function isOpen(folder: string, bits: number): boolean {
  return (statSync(folder).mode & bits) === bits;
}

/**
 * The folder that holds a program of ours with all that it imports: for an installed package the outermost
 * `node_modules`, else the outermost folder that has one.
 */
export function programRoot(file: string): string {
  const parts = file.split(sep);
  const installed = parts.indexOf('node_modules');
  if (installed > 0) return parts.slice(0, installed + 1).join(sep);
  let found = dirname(file);
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'node_modules'))) found = folder;
    if (folder === dirname(folder)) return found;
  }
}

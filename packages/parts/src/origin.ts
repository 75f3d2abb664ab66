import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** How this Berth came to the machine. */
export interface Origin {
  readonly installedBy: 'repository' | 'npm' | 'pip';
  /** The npm scope of the optional parts: the workspaces' own, or the one that they are published under. */
  readonly scope: string;
  readonly version: string;
  /** The folder of the package that is running. */
  readonly folder: string;
}

/** The manifest above this file: of this workspace in the repository, of the installed package in a bundle. */
const MANIFEST = new URL('../package.json', import.meta.url);

/** Reads how this Berth was installed; what `npm run package` makes says it in a field `berth` of its package.json. */
export function readOrigin(manifest: URL = MANIFEST): Origin {
  const { version, berth } = JSON.parse(readFileSync(manifest, 'utf8')) as {
    version: string;
    berth?: { installedBy: 'npm' | 'pip'; scope: string };
  };
  const folder = fileURLToPath(new URL('.', manifest));
  return { installedBy: 'repository', scope: '@berth', ...berth, version, folder };
}

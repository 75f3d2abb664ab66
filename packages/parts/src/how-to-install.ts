import { existsSync } from 'node:fs';
import { basename, dirname, join, normalize, sep } from 'node:path';
import type { Part } from './import-part.ts';
import { type Origin, readOrigin } from './origin.ts';

/** The extra of the wheel that brings a part; the clouds are inside the wheel. */
const EXTRAS: ReadonlyMap<Part, string> = new Map([['engine-onnxruntime', 'onnx']]);

type Installer = readonly [RegExp, (wanted: string) => string];

const PIP: Installer = [/./, (wanted) => `pip install ${wanted}`];

/** Those that make an environment of their own, by the folders that they make it in: what pip installs is not seen there. */
const INSTALLERS: readonly Installer[] = [
  [/\/(?:archive|environments)-v\d+\//, (wanted) => `uvx --from ${wanted} berth …`],
  [/\/uv\/tools\//, (wanted) => `uv tool install ${wanted}`],
  [/\/pipx\/venvs\//, (wanted) => `pipx install --force ${wanted}`],
];

/** The one command that brings an optional part to this Berth, as words that follow "run". */
export function howToInstall(
  part: Part,
  origin: Origin = readOrigin(),
  platform: NodeJS.Platform = process.platform,
): string {
  if (origin.installedBy === 'repository') return '"npm ci" in Berth\'s folder';
  if (origin.installedBy === 'pip') {
    const extra = EXTRAS.get(part);
    // There is no wheel of the engine for Windows.
    if (extra !== undefined && platform === 'win32') {
      return `"npm install -g ${origin.scope}/cli@${origin.version} ${origin.scope}/${part}@${origin.version}"`;
    }
    const wanted = `'berth-serving${extra === undefined ? '' : `[${extra}]`}==${origin.version}'`;
    const [, command] = INSTALLERS.find(([pattern]) => pattern.test(origin.folder.replaceAll('\\', '/'))) ?? PIP;
    return `"${command(wanted)}"`;
  }
  const name = `${origin.scope}/${part}@${origin.version}`;
  const project = projectOf(origin.folder);
  if (project === undefined) return `"npm install -g ${name}"`;
  // What npx downloads is in nobody's project: both packages are named in one call.
  if (basename(dirname(project)) === '_npx') return `"npx -p ${origin.scope}/cli -p ${name} berth …"`;
  return `"npm install ${name}" in ${project}`;
}

/** The folder whose node_modules holds the package; undefined where that is npm's global folder. */
function projectOf(folder: string): string | undefined {
  const parts = normalize(folder).split(sep);
  const at = parts.indexOf('node_modules');
  if (at < 1) return undefined;
  const project = parts.slice(0, at).join(sep);
  return existsSync(join(project, 'package.json')) ? project : undefined;
}

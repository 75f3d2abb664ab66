/** Lays out what is published, folder by folder, ready for `npm pack` and for the wheel. */
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleCli, bundlePart, ROOT } from './bundle.ts';
import { licenceText, packagesIn } from './licences.ts';
import { manifestOf, outsideDependencies, PARTS, type PartPackage, SCOPE, VERSION } from './names.ts';
import { cliReadme, partReadme } from './readmes.ts';

/** How a staged package is to be installed. `npm`: its registry brings what it needs. `pip`: it carries that itself. */
export type Channel = 'npm' | 'pip';

const COMMON = { version: VERSION, license: 'Apache-2.0', type: 'module' };

/** Stages the command into a folder, which is emptied first. */
export async function stageCli(folder: string, channel: Channel): Promise<void> {
  empty(folder);
  const metafile = await bundleCli(join(folder, 'dist'));
  cpSync(join(ROOT, 'packages', 'cli', 'bin'), join(folder, 'bin'), { recursive: true });
  const npm = {
    bin: { berth: 'bin/berth.js' },
    // The launcher runs on any of these, and brings the Node that the rest needs.
    engines: { node: '>=18' },
    optionalDependencies: manifestOf('.').optionalDependencies,
    // Named so that every package manager puts them where the command finds them; installed when somebody asks.
    peerDependencies: Object.fromEntries(PARTS.map(({ name }) => [`${SCOPE}/${name}`, VERSION])),
    peerDependenciesMeta: Object.fromEntries(PARTS.map(({ name }) => [`${SCOPE}/${name}`, { optional: true }])),
  };
  writeManifest(folder, {
    name: `${SCOPE}/cli`,
    description: 'Serves trained models: scikit-learn, XGBoost, LightGBM and ONNX files over v1, v2 and gRPC',
    ...COMMON,
    berth: { installedBy: channel, scope: SCOPE },
    ...(channel === 'npm' ? npm : {}),
  });
  writeTexts(folder, cliReadme(), packagesIn(metafile));
}

/** Stages an optional part. @param carried folders under node_modules that are copied beside it, for the licences */
export async function stagePart(
  part: PartPackage,
  folder: string,
  channel: Channel,
  carried: readonly string[] = [],
): Promise<void> {
  empty(folder);
  const dependencies = outsideDependencies(part);
  const entries = part.entries.map((file) => `${part.folder}/src/${file}`);
  const external = channel === 'npm' || carried.length > 0 ? Object.keys(dependencies) : [];
  const metafile = await bundlePart(entries, join(folder, 'dist'), external);
  writeManifest(folder, {
    name: `${SCOPE}/${part.name}`,
    description: part.about,
    ...COMMON,
    exports: { '.': './dist/index.js' },
    berth: { installedBy: channel, scope: SCOPE },
    ...(channel === 'npm' ? { engines: { node: '>=18' }, dependencies } : {}),
  });
  writeTexts(folder, partReadme(part), [...packagesIn(metafile), ...carried]);
}

function empty(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
}

function writeManifest(folder: string, manifest: object): void {
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}

function writeTexts(folder: string, readme: string, others: readonly string[]): void {
  cpSync(join(ROOT, 'LICENSE'), join(folder, 'LICENSE'));
  writeFileSync(join(folder, 'README.md'), readme);
  if (others.length > 0) writeFileSync(join(folder, 'THIRD-PARTY-LICENCES.txt'), licenceText(others));
}

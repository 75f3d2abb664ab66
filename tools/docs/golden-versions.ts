/** The releases of the libraries whose saved models and answers are kept as golden cases, as recorded with the cases. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');
const FORMATS = join(ROOT, 'packages', 'formats', 'src');

/** A library and its releases, oldest first. */
export interface LibraryVersions {
  readonly library: string;
  readonly versions: readonly string[];
}

/** By model format. ONNX graphs are evaluated by the pinned ONNX Runtime itself, so there it is that release. */
export function goldenVersions(): ReadonlyMap<string, LibraryVersions> {
  const engine = readFileSync(join(ROOT, 'engines', 'onnxruntime', 'package.json'), 'utf8');
  const { dependencies } = JSON.parse(engine) as { dependencies: Record<string, string> };
  const onnx = { library: 'ONNX Runtime', versions: [dependencies['onnxruntime-node']] };
  return new Map([
    ['sklearn', { library: 'scikit-learn', versions: inOrder(sklearnVersions()) }],
    ['xgboost', { library: 'XGBoost', versions: inOrder(folderVersions('xgboost')) }],
    ['lightgbm', { library: 'LightGBM', versions: inOrder(folderVersions('lightgbm')) }],
    ['onnx', onnx],
    ['triton', onnx],
  ]);
}

/** Each golden file of scikit-learn begins with the release that it was made with. */
function sklearnVersions(): string[] {
  const folder = join(FORMATS, 'sklearn');
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.json') && basename(entry.parentPath) === 'golden')
    .flatMap((entry) => {
      const text = readFileSync(join(entry.parentPath, entry.name), 'utf8');
      const version = /^\{"library": ?"scikit-learn", ?"version": ?"([^"]+)"/.exec(text)?.[1];
      return version === undefined ? [] : [version];
    });
}

/** The golden files of the boosters lie in a folder for each release. */
function folderVersions(format: string): string[] {
  const entries = readdirSync(join(FORMATS, format, 'golden'), { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory() && /^\d+(\.\w+)+$/.test(entry.name)).map(({ name }) => name);
}

function inOrder(versions: readonly string[]): string[] {
  return [...new Set(versions)].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
}

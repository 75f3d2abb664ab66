import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lightgbmProof, xgboostProof } from './estimators/boosters-proof.ts';
import { gatherProof } from './estimators/proof.ts';
import { byVersion } from './estimators/versions.ts';

const ENGINE = join(import.meta.dirname, '..', '..', 'engines', 'onnxruntime', 'package.json');

/** A library and the releases whose saved models are read and whose answers are compared, oldest first. */
export interface LibraryVersions {
  readonly library: string;
  readonly versions: readonly string[];
}

/**
 * Libraries by model format, from the proof that docs/estimators.md is made of. ONNX graphs are evaluated by the pinned ONNX
 * Runtime itself, so there it is that release.
 */
export async function checkedVersions(): Promise<ReadonlyMap<string, LibraryVersions>> {
  const sklearn = [...(await gatherProof())].filter(([path]) => path.startsWith('sklearn.'));
  const releases = sklearn.flatMap(([, { versions }]) => [...versions]);
  const { dependencies } = JSON.parse(await readFile(ENGINE, 'utf8')) as { dependencies: Record<string, string> };
  const onnx = { library: 'ONNX Runtime', versions: [dependencies['onnxruntime-node']] };
  return new Map([
    ['sklearn', { library: 'scikit-learn', versions: inOrder(releases) }],
    ['xgboost', { library: 'XGBoost', versions: inOrder((await xgboostProof()).map(({ version }) => version)) }],
    ['lightgbm', { library: 'LightGBM', versions: inOrder((await lightgbmProof()).map(({ version }) => version)) }],
    ['onnx', onnx],
    ['triton', onnx],
  ]);
}

function inOrder(versions: readonly string[]): string[] {
  return [...new Set(versions)].sort(byVersion);
}

import { LoadError } from '@berth/inference';
import type { FeatureFacts } from './feature-facts.ts';
import type { DiscoveredModel } from './layout/discovered.ts';
import { readBytes } from './trees/read-bytes.ts';

/**
 * What a model's file tells of its input's columns, one entry a column in the model's order; empty where it tells nothing
 * (an ONNX graph). Reads the file as data and runs nothing of it. Meant for making up rows: what is not understood is
 * passed over.
 * @param width columns that the model's metadata declares
 * @throws LoadError where the file is no model of its format
 */
export async function exploreModel(discovered: DiscoveredModel, width: number): Promise<readonly FeatureFacts[]> {
  if (discovered.problem !== undefined) throw discovered.problem;
  switch (discovered.format) {
    case 'xgboost': {
      const { parseXgboost } = await import('./xgboost/booster.ts');
      const { exploreXgboost } = await import('./xgboost/explore.ts');
      return exploreXgboost(parseXgboost(await readBytes(discovered.path)));
    }
    case 'lightgbm': {
      const { parseLightgbm } = await import('./lightgbm/booster.ts');
      const { exploreLightgbm } = await import('./lightgbm/explore.ts');
      return exploreLightgbm(parseLightgbm(await readBytes(discovered.path)));
    }
    case 'sklearn': {
      const { readUnpacked, unpackPickle } = await import('./joblib/read.ts');
      const { exploreSklearn } = await import('./sklearn/explore.ts');
      const bytes = Uint8Array.from(await readBytes(discovered.path));
      const stored = bytes.length;
      return exploreSklearn(readUnpacked(await unpackPickle(bytes), stored), width);
    }
    case 'onnx':
      return [];
    default:
      throw new LoadError('ModelLayout', `${discovered.name} has no known format`);
  }
}

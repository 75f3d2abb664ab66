import type { LoadOptions, ModelFormat } from '../format.ts';
import { readBytes } from '../trees/read-bytes.ts';
import { parseXgboost } from './booster.ts';
import { xgboostModel } from './model.ts';
import { encodingOf } from './read-file.ts';

/**
 * XGBoost models: JSON, UBJSON and the old binary format, told by content whatever the file is called.
 */
export const xgboostFormat: ModelFormat = {
  name: 'xgboost',
  sniff: (head) => encodingOf(head) !== undefined,
  async load(path: string, options: LoadOptions) {
    const bytes = await readBytes(path, options.maxBytes);
    return xgboostModel(parseXgboost(bytes), options);
  },
};

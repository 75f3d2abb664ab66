import type { LoadOptions, ModelFormat } from '../format.ts';
import { readBytes } from '../trees/read-bytes.ts';
import { parseLightgbm } from './booster.ts';
import { lightgbmModel } from './model.ts';

/** LightGBM text models, told by their first line. */
export const lightgbmFormat: ModelFormat = {
  name: 'lightgbm',
  sniff: (head) => /^(?:\xef\xbb\xbf)?tree\r?\n/.test(String.fromCharCode(...head.subarray(0, 16))),
  async load(path: string, options: LoadOptions) {
    const bytes = await readBytes(path, options.maxBytes);
    return lightgbmModel(parseLightgbm(bytes), options);
  },
};

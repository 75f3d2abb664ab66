import { LoadError } from '@berth/inference';
import type { ModelFormat } from './format.ts';
import type { FormatName } from './layout/discovered.ts';

/** In the order in which contents are tried: the most telling first bytes come first. */
export const FORMAT_NAMES: readonly FormatName[] = ['lightgbm', 'xgboost', 'onnx', 'sklearn'];

const IMPORTS: ReadonlyMap<FormatName, () => Promise<ModelFormat>> = new Map<FormatName, () => Promise<ModelFormat>>([
  ['sklearn', async () => (await import('./sklearn/format.ts')).sklearnFormat],
  ['xgboost', async () => (await import('./xgboost/format.ts')).xgboostFormat],
  ['lightgbm', async () => (await import('./lightgbm/format.ts')).lightgbmFormat],
  ['onnx', async () => (await import('./onnx/format.ts')).onnxFormat],
]);

/** Whether `name` is a format that can be served. */
export function isFormatName(name: string): name is FormatName {
  return IMPORTS.has(name as FormatName);
}

/** The format's code, imported when it is first asked for, so that a start pays only for what it serves. */
export async function formatNamed(name: FormatName): Promise<ModelFormat> {
  const load = IMPORTS.get(name);
  if (load === undefined) {
    throw new LoadError(
      'UnsupportedModel',
      `unknown model format "${name}"; the formats are ${FORMAT_NAMES.join(', ')}`,
    );
  }
  return load();
}

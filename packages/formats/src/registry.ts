import { LoadError } from '@berth/inference';
import type { ModelFormat } from './format.ts';
import type { FormatName } from './layout/discovered.ts';

/** In the order in which contents are tried: the most telling first bytes come first. */
export const FORMAT_NAMES: readonly FormatName[] = ['lightgbm', 'xgboost', 'onnx', 'sklearn'];

const MODULES: ReadonlyMap<FormatName, { readonly specifier: string; readonly exported: string }> = new Map([
  ['sklearn', { specifier: './sklearn/format.ts', exported: 'sklearnFormat' }],
  ['xgboost', { specifier: './xgboost/format.ts', exported: 'xgboostFormat' }],
  ['lightgbm', { specifier: './lightgbm/format.ts', exported: 'lightgbmFormat' }],
  ['onnx', { specifier: './onnx/format.ts', exported: 'onnxFormat' }],
]);

/** Whether `name` is a format that can be served. */
export function isFormatName(name: string): name is FormatName {
  return MODULES.has(name as FormatName);
}

/** The format's code, imported when it is first asked for, so that a start pays only for what it serves. */
export async function formatNamed(name: FormatName): Promise<ModelFormat> {
  const entry = MODULES.get(name);
  if (entry === undefined) {
    throw new LoadError(
      'UnsupportedModel',
      `unknown model format "${name}"; the formats are ${FORMAT_NAMES.join(', ')}`,
    );
  }
  const module = (await import(entry.specifier)) as Record<string, ModelFormat>;
  return module[entry.exported];
}

import { LoadError } from '@berth/inference';
import { PyDict, PyGlobal, PyObject, type PyValue } from '../../pickle/values.ts';
import { Attributes } from '../attributes.ts';
import { frameToMatrix, toDense } from '../dense.ts';
import type { EstimatorClass, Matrix, Table } from '../estimator.ts';
import { ELEMENT_FUNCTIONS, type ElementFunction } from './numpy-functions.ts';

/** The function behind a `func` attribute: undefined for "as it is". @throws LoadError UnsupportedModel that names it. */
export function elementFunction(value: PyValue | undefined, owner: string): ElementFunction | undefined {
  if (value === undefined || value === null) return undefined;
  if (value instanceof PyGlobal && (value.module === 'numpy' || value.module.startsWith('numpy.'))) {
    const found = ELEMENT_FUNCTIONS.get(value.name);
    if (found !== undefined) return found;
  }
  // HistGradientBoosting's own preprocessor: checks that change nothing.
  if (isCheckArray(value)) return undefined;
  const name = value instanceof PyGlobal ? value.path : 'a function of its own';
  throw new LoadError('UnsupportedModel', `${owner} of ${name} has no native evaluator yet`);
}

/** Whether a function is scikit-learn's check of its input, with or without arguments. */
export function isCheckArray(value: PyValue): boolean {
  const callable = value instanceof PyObject && value.type.path === 'functools.partial' ? value.args[0] : value;
  return callable instanceof PyGlobal && callable.path === 'sklearn.utils.validation.check_array';
}

/** Applies the function to every element. Float32 stays float32; integers become float64 where numpy makes them so. */
export function applyElements(x: Table, fn: ElementFunction): Table {
  const table = x.kind === 'frame' ? frameToMatrix(x, 'FunctionTransformer') : x;
  const { dtype } = table;
  const data = new Float64Array(table.data.length);
  for (let i = 0; i < data.length; i++) data[i] = fn.apply(table.data[i]);
  if (dtype === 'float32') for (let i = 0; i < data.length; i++) data[i] = Math.fround(data[i]);
  const kept = dtype === 'float32' || (dtype === 'int64' && fn.keepsInteger) ? dtype : 'float64';
  return { ...table, data, dtype: kept };
}

/** sklearn `preprocessing/_function_transformer.py`. */
export const functionTransformer: EstimatorClass = {
  modules: ['sklearn.preprocessing._function_transformer'],
  name: 'FunctionTransformer',
  build: (object) => {
    const attributes = new Attributes(object);
    const fn = elementFunction(object.get('func'), 'FunctionTransformer');
    const keywords = object.get('kw_args');
    if (fn !== undefined && keywords instanceof PyDict && keywords.entries.size > 0) {
      throw attributes.unsupported('kw_args');
    }
    const validate = object.get('validate') === true;
    const namesOut = object.get('feature_names_out');
    return {
      className: 'FunctionTransformer',
      kind: 'transformer',
      acceptsText: fn === undefined && !validate,
      ...attributes.inputFacts(),
      transform: (x: Table): Table => {
        const checked: Table = validate && x.kind !== 'sparse' ? (toDense(x, 'FunctionTransformer') as Matrix) : x;
        return fn === undefined ? checked : applyElements(checked, fn);
      },
      ...(namesOut === 'one-to-one' ? { featureNamesOut: (input: readonly string[]) => input } : {}),
    };
  },
};

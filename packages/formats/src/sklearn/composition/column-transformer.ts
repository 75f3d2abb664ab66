import { invalidInput, LoadError } from '@berth/inference';
import { NdArray } from '../../numpy/ndarray.ts';
import { PyDict, PyObject, type PyValue } from '../../pickle/values.ts';
import { Attributes, sequence } from '../attributes.ts';
import { columnCount } from '../dense.ts';
import type { BuildContext, Estimator, EstimatorClass, Table } from '../estimator.ts';
import { type ColumnSpec, readColumns, resolveColumns } from './columns.ts';
import { IDENTITY, isPassthrough } from './identity.ts';
import { columnNames, selectColumns } from './select.ts';
import { scaleTable, stackColumns } from './stack.ts';

interface Part {
  readonly name: string;
  readonly estimator: Estimator;
  readonly columns: ColumnSpec;
  readonly weight: number | undefined;
}

/** sklearn `compose/_column_transformer.py`, ColumnTransformer: every part transforms its columns, the results stand side by side. */
export const columnTransformer: EstimatorClass = {
  modules: ['sklearn.compose._column_transformer'],
  name: 'ColumnTransformer',
  build: (object, context) => {
    const attributes = new Attributes(object);
    const trained = trainedNames(attributes);
    const nFeatures = trained?.length ?? attributes.nFeaturesIn() ?? countOf(object.get('_n_features'));
    const weights = object.get('transformer_weights');
    const parts: Part[] = [];
    const dropped: ColumnSpec[] = [];
    for (const entry of attributes.items('transformers_')) {
      const [name, transformer, columns] = sequence(entry, () =>
        attributes.corrupt('transformers_', 'holds no triples'),
      );
      const spec = readColumns(remainderColumns(columns), String(name));
      if (transformer === 'drop') {
        dropped.push(spec);
        continue;
      }
      if (isEmpty(spec)) continue;
      const weight = weights instanceof PyDict ? weights.get(name) : undefined;
      parts.push({
        name: String(name),
        estimator: buildPart(transformer, String(name), context),
        columns: spec,
        weight: typeof weight === 'number' ? weight : undefined,
      });
    }
    const sparse = object.get('sparse_output_') === true;
    const required = trained === undefined ? undefined : requiredNames(parts, trained);

    const transform = (x: Table): Table => {
      const width = columnCount(x);
      const names = columnNames(x) ?? trained;
      if (names === trained && nFeatures !== undefined && width !== nFeatures) {
        throw invalidInput(
          `X has ${width} features, but ColumnTransformer is expecting ${nFeatures} features as input`,
        );
      }
      const results: Table[] = [];
      for (const part of parts) {
        const selected = selectColumns(x, resolveColumns(part.columns, names, width));
        const result = (part.estimator.transform as (x: Table) => Table)(selected);
        results.push(part.weight === undefined ? result : scaleTable(result, part.weight));
      }
      return stackColumns(results, x.rows, sparse);
    };

    return {
      className: 'ColumnTransformer',
      kind: 'transformer',
      acceptsText: true,
      ...(nFeatures === undefined ? {} : { nFeaturesIn: nFeatures }),
      ...(trained === undefined ? {} : { featureNamesIn: trained }),
      ...(required === undefined ? {} : { requiredFeatures: required }),
      transform,
      ...namesOut(parts, object.get('verbose_feature_names_out')),
      describe: () =>
        `ColumnTransformer(${parts.map((part) => part.estimator.describe?.() ?? part.estimator.className).join(', ')})`,
    };
  },
};

function buildPart(value: PyValue, name: string, context: BuildContext): Estimator {
  if (isPassthrough(value)) return IDENTITY;
  const estimator = context.build(value, `transformer "${name}" of ColumnTransformer`);
  if (estimator.transform === undefined) {
    throw new LoadError('CorruptModel', `transformer "${name}" of ColumnTransformer can not transform`);
  }
  return estimator;
}

/** 1.5 and 1.6 keep the remainder's columns in a list class of their own. */
function remainderColumns(value: PyValue): PyValue {
  return value instanceof PyObject && Array.isArray(value.get('data')) ? (value.get('data') as PyValue) : value;
}

function isEmpty(spec: ColumnSpec): boolean {
  return (spec.kind === 'positions' || spec.kind === 'names') && spec.values.length === 0;
}

/** `feature_names_in_`; `_feature_names_in` in 0.23 and 0.24, `_df_columns` in 0.20 to 0.22. */
function trainedNames(attributes: Attributes): readonly string[] | undefined {
  const own = attributes.featureNamesIn();
  if (own !== undefined) return own;
  for (const name of ['_feature_names_in', '_df_columns']) {
    const value = attributes.object.get(name);
    const items = value instanceof NdArray ? (value.data as PyValue[]) : Array.isArray(value) ? value : undefined;
    if (Array.isArray(items) && items.every((item) => typeof item === 'string')) return items as string[];
  }
  return undefined;
}

function countOf(value: PyValue | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function requiredNames(parts: readonly Part[], trained: readonly string[]): readonly string[] {
  const needed = new Set<string>();
  for (const part of parts) {
    for (const index of resolveColumns(part.columns, trained, trained.length)) needed.add(trained[index]);
  }
  return trained.filter((name) => needed.has(name));
}

function namesOut(parts: readonly Part[], verbose: PyValue | undefined): Pick<Estimator, 'featureNamesOut'> {
  if (parts.some((part) => part.estimator.featureNamesOut === undefined)) return {};
  if (verbose !== undefined && typeof verbose !== 'boolean') return {};
  return {
    featureNamesOut: (input) =>
      parts.flatMap((part) => {
        const own = Array.from(resolveColumns(part.columns, input, input.length), (index) => input[index]);
        const names = (part.estimator.featureNamesOut as (n: readonly string[]) => readonly string[])(own);
        return verbose === false ? names : names.map((name) => `${part.name}__${name}`);
      }),
  };
}

import { LoadError } from '@berth/inference';
import { PyDict, type PyValue } from '../../pickle/values.ts';
import { Attributes, sequence } from '../attributes.ts';
import type { BuildContext, Estimator, EstimatorClass, Table } from '../estimator.ts';
import { IDENTITY } from './identity.ts';
import { scaleTable, stackColumns } from './stack.ts';

interface Part {
  readonly name: string;
  readonly estimator: Estimator;
  readonly weight: PyValue | undefined;
}

/** sklearn `pipeline.py`, FeatureUnion: every transformer gets all columns; one sparse result makes all sparse. */
export const featureUnion: EstimatorClass = {
  modules: ['sklearn.pipeline'],
  name: 'FeatureUnion',
  build: (object, context) => {
    const attributes = new Attributes(object);
    const parts = readParts(attributes, context);
    const first = parts.find((part) => part.estimator !== IDENTITY)?.estimator;
    return {
      className: 'FeatureUnion',
      kind: 'transformer',
      acceptsText: parts.some((part) => part.estimator.acceptsText === true),
      ...(first?.nFeaturesIn === undefined ? {} : { nFeaturesIn: first.nFeaturesIn }),
      ...(first?.featureNamesIn === undefined ? {} : { featureNamesIn: first.featureNamesIn }),
      ...(first?.takesDocuments === undefined ? {} : { takesDocuments: first.takesDocuments }),
      ...attributes.inputFacts(),
      transform: (x: Table) => {
        const results = parts.map(({ estimator, weight }) => {
          const result = (estimator.transform as (x: Table) => Table)(x);
          return typeof weight === 'number' ? scaleTable(result, weight) : result;
        });
        if (results.length === 0)
          return { kind: 'matrix', rows: x.rows, cols: 0, data: new Float64Array(0), dtype: 'float64' };
        return stackColumns(
          results,
          x.rows,
          results.some((result) => result.kind === 'sparse'),
        );
      },
      ...(parts.every((part) => part.estimator.featureNamesOut !== undefined)
        ? {
            featureNamesOut: (input: readonly string[]) =>
              parts.flatMap(({ name, estimator }) => {
                const names = (estimator.featureNamesOut as (n: readonly string[]) => readonly string[])(input);
                return object.get('verbose_feature_names_out') === false
                  ? names
                  : names.map((one) => `${name}__${one}`);
              }),
          }
        : {}),
      describe: () =>
        `FeatureUnion(${parts.map(({ estimator }) => estimator.describe?.() ?? estimator.className).join(', ')})`,
    };
  },
};

function readParts(attributes: Attributes, context: BuildContext): Part[] {
  const weights = attributes.object.get('transformer_weights');
  const parts: Part[] = [];
  for (const entry of attributes.items('transformer_list')) {
    const [name, value] = sequence(entry, () => attributes.corrupt('transformer_list', 'holds no pairs'));
    // None meant "drop" before 0.24.
    if (value === 'drop' || value === null) continue;
    const estimator =
      value === 'passthrough' ? IDENTITY : context.build(value, `transformer "${String(name)}" of FeatureUnion`);
    if (estimator.transform === undefined) {
      throw new LoadError('CorruptModel', `transformer "${String(name)}" of FeatureUnion can not transform`);
    }
    parts.push({ name: String(name), estimator, weight: weights instanceof PyDict ? weights.get(name) : undefined });
  }
  return parts;
}

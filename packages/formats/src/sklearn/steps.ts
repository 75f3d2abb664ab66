import { NdArray } from '../numpy/ndarray.ts';
import { PyDict, PyGlobal, PyObject, PyTuple, type PyValue } from '../pickle/values.ts';
import { asList } from './renamed.ts';

/** One estimator of a model, with those inside of it. */
export interface ModelStep {
  /** What its pipeline calls it. */
  readonly name?: string;
  /** E.g. `sklearn.preprocessing._data.StandardScaler`; `passthrough` and `drop` as they are. */
  readonly class: string;
  /** The columns that it gets of a ColumnTransformer: names or positions. */
  readonly columns?: readonly string[];
  /** Fitted members, e.g. the trees of a forest. */
  readonly members?: number;
  /** Version of the library that saved it, where it says so. */
  readonly version?: string;
  readonly steps?: readonly ModelStep[];
}

const MAX_STEPS = 1000;
const MAX_DEPTH = 20;
const MAX_COLUMNS = 1000;

/** Attributes that hold fitted estimators with names, and those that hold one. */
const NAMED_LISTS = ['steps', 'transformers_', 'transformer_list', 'estimators'];
const SINGLE = [
  ...['best_estimator_', 'estimator_', 'regressor_', 'classifier_', 'final_estimator_', 'transformer_'],
  ...['estimator', 'base_estimator'],
];
/** Attributes that hold the members of an ensemble. */
const MEMBERS = ['estimators_', '_predictors', 'calibrated_classifiers_'];

/**
 * The estimators of a fitted scikit-learn object, as its file has them: pipelines, column transformers, searches and
 * ensembles are opened. For people: works for classes that have no evaluator, and passes over what it does not understand.
 */
export function stepsOf(root: PyValue): ModelStep | undefined {
  let left = MAX_STEPS;
  const visit = (value: PyValue | undefined, name: string | undefined, depth: number): ModelStep | undefined => {
    if (left-- <= 0 || depth > MAX_DEPTH) return undefined;
    const named = name === undefined ? {} : { name };
    if (value === 'passthrough' || value === 'drop') return { ...named, class: value };
    if (!(value instanceof PyObject) || !(value.state instanceof PyDict)) return undefined;
    const inner: ModelStep[] = [];
    for (const attribute of NAMED_LISTS) {
      for (const entry of asList(value.get(attribute)) ?? []) {
        const [label, part, columns] = asList(entry) ?? [];
        const step = typeof label === 'string' ? visit(part, label, depth + 1) : undefined;
        if (step === undefined) continue;
        inner.push(
          columns === undefined || attribute !== 'transformers_' ? step : { ...step, columns: columnsOf(columns) },
        );
      }
    }
    if (inner.length === 0 || value.get('final_estimator_') instanceof PyObject) {
      const single = SINGLE.map((attribute) => [attribute, value.get(attribute)] as const).find(
        ([, one]) => one instanceof PyObject,
      );
      const step = single === undefined ? undefined : visit(single[1], single[0], depth + 1);
      if (step !== undefined) inner.push(step);
    }
    const members = MEMBERS.map((attribute) => sizeOf(value.get(attribute))).find((size) => size !== undefined);
    const version = value.get('_sklearn_version');
    return {
      ...named,
      class: value.type.path,
      ...(typeof version === 'string' ? { version: version.slice(0, 50) } : {}),
      ...(members === undefined ? {} : { members }),
      ...(inner.length === 0 ? {} : { steps: inner }),
    };
  };
  return visit(root, undefined, 0);
}

function columnsOf(value: PyValue): string[] {
  const items = asList(value) ?? (value instanceof NdArray ? Array.from(value.data as ArrayLike<PyValue>) : [value]);
  return items.slice(0, MAX_COLUMNS).map((item) => {
    if (item instanceof PyObject && item.type.name === 'slice') return sliceText(item.args);
    if (item instanceof PyObject || item instanceof PyGlobal) return 'chosen by a function';
    return String(item).slice(0, 200);
  });
}

function sliceText(args: readonly PyValue[]): string {
  const [start, stop] = args;
  return `${start ?? ''}:${stop ?? ''}`;
}

function sizeOf(value: PyValue | undefined): number | undefined {
  if (value instanceof NdArray) return value.size;
  if (value instanceof PyTuple) return value.items.length;
  return asList(value)?.length;
}

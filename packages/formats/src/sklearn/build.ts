import { LoadError } from '@berth/inference';
import { PyObject, type PyValue } from '../pickle/values.ts';
import type { BuildContext, Estimator } from './estimator.ts';
import { versionAtLeast } from './estimator-base.ts';
import { kindOfValue, noEstimator } from './no-estimator.ts';
import type { ClassTable } from './registry.ts';

/** Estimators that one prediction visits, one counted as often as it is named. */
const MAX_ESTIMATORS = 200_000;
/** Estimators nested in each other. */
const MAX_DEPTH = 60;

/** What the whole file told while it was built. */
export interface BuildReport {
  /** The first `_sklearn_version` met, outermost first. */
  libraryVersion: string | undefined;
  readonly warnings: string[];
}

/**
 * Builds the evaluator of a fitted estimator out of the classes in `classes`.
 * @param packages what the file names things of
 * @throws LoadError UnsupportedModel that names the class without an evaluator, or CorruptModel.
 */
export function buildEstimator(
  root: PyValue,
  classes: ClassTable,
  packages: ReadonlySet<string> = new Set(),
): { estimator: Estimator; report: BuildReport } {
  const savedByNumpy2 = packages.has('numpy._core') ? true : packages.has('numpy.core') ? false : undefined;
  const report: BuildReport = { libraryVersion: undefined, warnings: [] };
  // A file may name one object in many places. It is built once, and counted each time: predicting visits it each time,
  // so that a small file could otherwise ask for years of work.
  const done = new Map<PyObject, { readonly estimator: Estimator; readonly visits: number }>();
  const open: { visits: number }[] = [{ visits: 0 }];

  const build = (value: PyValue, role: string, depth: number, parentVersion: string | undefined): Estimator => {
    if (!(value instanceof PyObject))
      throw new LoadError('CorruptModel', `${role} is no estimator: ${kindOfValue(value)}`);
    const enclosing = open[open.length - 1];
    const known = done.get(value);
    if (known !== undefined) {
      enclosing.visits += known.visits;
      if (enclosing.visits > MAX_ESTIMATORS) throw tooMany(role);
      return known.estimator;
    }
    if (depth > MAX_DEPTH) throw tooMany(role);
    const own = value.get('_sklearn_version');
    const version = typeof own === 'string' ? own : parentVersion;
    report.libraryVersion ??= version;
    const found = classes.get(value.type.path);
    if (found === undefined) {
      throw new LoadError('UnsupportedModel', `${value.type.path} has no native evaluator yet`);
    }
    const context: BuildContext = {
      version,
      // Where the file does not tell: most use numpy 2 from 1.5 on.
      numpy2: savedByNumpy2 ?? versionAtLeast(version, 1, 5),
      build: (inner, innerRole) => build(inner, innerRole, depth + 1, version),
      warn: (message) => {
        if (!report.warnings.includes(message)) report.warnings.push(message);
      },
    };
    const counted = { visits: 1 };
    open.push(counted);
    try {
      const estimator = found.build(value, context);
      done.set(value, { estimator, visits: counted.visits });
      enclosing.visits += counted.visits;
      if (enclosing.visits > MAX_ESTIMATORS) throw tooMany(role);
      return estimator;
    } catch (error) {
      if (error instanceof LoadError) throw error;
      const cause = error instanceof Error ? error.message : String(error);
      throw new LoadError('CorruptModel', `${role} (${value.type.name}) can not be built: ${cause}`, { cause: error });
    } finally {
      open.pop();
    }
  };
  if (!(root instanceof PyObject)) throw noEstimator(root, classes);
  const estimator = build(root, 'the model', 0, undefined);
  return { estimator, report };
}

function tooMany(role: string): LoadError {
  return new LoadError('LimitExceeded', `${role}: the estimators are nested too deep or without end`);
}

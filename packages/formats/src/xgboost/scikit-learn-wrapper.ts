import { type DocumentValue, fieldOf, isObject } from './document.ts';
import { parseJsonText } from './json.ts';

/** What XGBoost's scikit-learn classes leave in the attribute `scikit_learn` of a file they save. */
export interface WrapperNote {
  readonly classifier: boolean;
  /** Labels in the order of their codes (releases up to 1.5, which encoded labels themselves). */
  readonly classes?: readonly (string | number)[];
  /** The wrapper's `num_parallel_tree`. */
  readonly parallelTrees?: number;
}

/**
 * Reads the attribute: `_estimator_type` (1.4 and newer) or the class's name (before), and the label encoder's classes.
 * Answers undefined where the file was not saved by a wrapper, or the attribute is not readable.
 */
export function readWrapperNote(attribute: string | undefined): WrapperNote | undefined {
  if (attribute === undefined) return undefined;
  let note: DocumentValue;
  try {
    note = parseJsonText(attribute);
  } catch {
    return undefined;
  }
  if (!isObject(note)) return undefined;
  const kind = fieldOf(note, '_estimator_type');
  const name = fieldOf(note, 'type');
  const classifier = kind === undefined ? typeof name === 'string' && /Classifier$/.test(name) : kind === 'classifier';
  const parallel = fieldOf(note, 'num_parallel_tree');
  const parallelTrees = typeof parallel === 'number' ? { parallelTrees: parallel } : {};
  const classes = fieldOf(note, 'classes_');
  if (!Array.isArray(classes) || !classes.every((label) => typeof label === 'string' || typeof label === 'number')) {
    return { classifier, ...parallelTrees };
  }
  return { classifier, classes, ...parallelTrees };
}

import { type DocumentValue, fieldOf, isObject } from './document.ts';
import { readWrapperNote } from './scikit-learn-wrapper.ts';

/**
 * Trees that each boosting round adds to each output. Releases before 1.6 do not write it into the model: a pickled
 * booster has it among its settings, a file that a scikit-learn wrapper saved among the wrapper's parameters.
 */
export function findParallelTrees(
  inModel: number,
  attributes: ReadonlyMap<string, string>,
  config: DocumentValue | undefined,
): number {
  if (inModel > 1) return inModel;
  const inConfig = Number(descend(config, ['learner', 'gradient_booster', 'gbtree_train_param', 'num_parallel_tree']));
  const inDart = Number(
    descend(config, ['learner', 'gradient_booster', 'gbtree', 'gbtree_train_param', 'num_parallel_tree']),
  );
  const inNote = readWrapperNote(attributes.get('scikit_learn'))?.parallelTrees ?? 1;
  const found = [inConfig, inDart, inNote].find((count) => Number.isSafeInteger(count) && count > 1);
  return found ?? 1;
}

function descend(value: DocumentValue | undefined, path: readonly string[]): DocumentValue | undefined {
  let at = value;
  for (const key of path) at = isObject(at) ? fieldOf(at, key) : undefined;
  return at;
}

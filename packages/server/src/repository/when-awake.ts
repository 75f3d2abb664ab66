import type { ModelRepository } from '../dataplane/types.ts';

/** Does `work` once the model is in memory, or has been waited for long enough; at once where there is nothing to wait for. */
export function whenAwake<Result>(
  repository: ModelRepository,
  name: string,
  work: () => Result | Promise<Result>,
): Result | Promise<Result> {
  const waking = repository.wake?.(name);
  return waking === undefined ? work() : waking.then(work);
}

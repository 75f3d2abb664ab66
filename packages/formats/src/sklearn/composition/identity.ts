import type { Estimator } from '../estimator.ts';

/** The step `passthrough`. */
export const IDENTITY: Estimator = {
  className: 'passthrough',
  kind: 'transformer',
  acceptsText: true,
  transform: (x) => x,
  featureNamesOut: (input) => input,
};

/** Whether a step stands for "nothing to do" (`passthrough`, or None before 0.22's deprecation ended). */
export function isPassthrough(value: unknown): boolean {
  return value === 'passthrough' || value === null;
}

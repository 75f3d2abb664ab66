import type { Resource } from '@berth/api';
import type { Place } from './service-check.ts';

type Step = string | number;

/** The steps of a field's name as the planner writes it: `spec.predictor.x`, `containers[0] (name)`, `annotation a/b`. */
export function fieldSteps(field: string): Step[] {
  const annotation = /^annotation (\S+)$/.exec(field)?.[1];
  if (annotation !== undefined) return ['metadata', 'annotations', annotation];
  const steps: Step[] = [];
  for (const [, word, index, quoted] of field.matchAll(/([A-Za-z_][\w-]*)|\[(\d+)\]|\["([^"]*)"\]|\s.*$/g)) {
    if (word !== undefined) steps.push(word);
    else if (index !== undefined) steps.push(Number(index));
    else if (quoted !== undefined) steps.push(quoted);
  }
  return steps;
}

/**
 * Where a field stands in its text. A list that the planner names without an index means its main container; what a canary
 * (`canary`: its index) does not write itself stands in the predictor.
 */
export function placeOf(resource: Resource, field: string, canary?: number): Place {
  const steps = fieldSteps(field);
  if (canary !== undefined && steps[0] === 'spec' && steps[1] === 'predictor') {
    const own = follow(resource, ['spec', 'canary', canary, ...steps.slice(1)]);
    if (own !== undefined) return locate(resource, own);
  }
  return locate(resource, follow(resource, steps) ?? steps);
}

function locate(resource: Resource, steps: readonly Step[]): Place {
  const position = resource.locator.locate(steps, 'key');
  return { ...(resource.file === undefined ? {} : { file: resource.file }), ...position };
}

/** The steps with the indices that were left out; undefined where the field is not there. */
function follow(resource: Resource, steps: readonly Step[]): Step[] | undefined {
  const found: Step[] = [];
  let value: unknown = resource.object;
  for (const step of steps) {
    if (Array.isArray(value) && typeof step === 'string') {
      const main = value.findIndex((one) => (one as { name?: unknown } | null)?.name === 'kserve-container');
      found.push(Math.max(0, main));
      value = value[Math.max(0, main)];
    }
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    found.push(step);
    value = (value as Record<Step, unknown>)[step];
  }
  return found;
}

import type { OutputPart } from './report.ts';
import { FLOAT32 } from './tolerance.ts';

/**
 * What to tell where all that differs are the last digits of a float32 within outputs of float64: what was fitted on float32 its
 * library computes in it, in an order of the machine's own. Undefined where more differs, or nothing.
 */
export function float32Note(outputs: readonly OutputPart[]): string | undefined {
  const differing = outputs.filter(({ mismatches }) => mismatches !== undefined && mismatches > 0);
  if (differing.length === 0 || !differing.every(isOfFloat32)) return undefined;
  const { rtol, atol } = FLOAT32;
  return (
    'all differences are last digits of float32: of a model that was fitted on float32 the library rounds some sums to it, ' +
    `in an order of the machine's own; --rtol ${rtol.toExponential()} --atol ${atol.toExponential()} takes them as equal`
  );
}

function isOfFloat32({ tolerance, largestAbsolute, largestRelative }: OutputPart): boolean {
  if (tolerance === undefined || tolerance === 'exact' || tolerance.rtol >= FLOAT32.rtol) return false;
  const atMost = (one: typeof largestAbsolute, bound: number) =>
    typeof one?.difference === 'number' && one.difference <= bound;
  return atMost(largestRelative, FLOAT32.rtol) || atMost(largestAbsolute, FLOAT32.atol);
}

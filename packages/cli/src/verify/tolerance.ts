/** How far two numbers may lie apart, and why so far. */
export interface Tolerance {
  /** Relative to the larger of the two. */
  readonly rtol: number;
  readonly atol: number;
  readonly reason: string;
}

/** What the user asked for instead. */
export interface ToleranceOptions {
  readonly rtol?: number;
  readonly atol?: number;
}

const FLOAT64: Tolerance = {
  rtol: 1e-9,
  atol: 1e-10,
  reason: 'float64: the library adds in an order of its own, which changes the last digits',
};
/** For what is computed in float32. */
export const FLOAT32: Tolerance = {
  rtol: 1e-5,
  atol: 1e-6,
  reason: 'float32: 24 bits hold seven digits, and exp and sums of another order change the last ones',
};
const GRAPH: Tolerance = {
  rtol: 1e-4,
  atol: 1e-5,
  reason: 'float32 through a graph: another release of ONNX Runtime may add in another order at every step',
};

/** The tolerance of an output of this precision. */
export function toleranceFor(format: string, single: boolean, options: ToleranceOptions): Tolerance {
  const known = !single ? FLOAT64 : format === 'onnx' ? GRAPH : FLOAT32;
  if (options.rtol === undefined && options.atol === undefined) return known;
  return {
    rtol: options.rtol ?? known.rtol,
    atol: options.atol ?? known.atol,
    reason: 'set on the command line',
  };
}

/** Whether two numbers agree; NaN agrees with NaN, an infinity only with itself. */
export function agree(a: number, b: number, { rtol, atol }: Tolerance): boolean {
  if (a === b) return true;
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) && Number.isNaN(b);
  if (!Number.isFinite(a) || !Number.isFinite(b)) return false;
  return Math.abs(a - b) <= atol + rtol * Math.max(Math.abs(a), Math.abs(b));
}

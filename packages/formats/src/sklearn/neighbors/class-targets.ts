import { NdArray } from '../../numpy/ndarray.ts';
import type { Fitted } from '../fitted.ts';
import { takeLabels } from '../results.ts';

/** The fitted labels: codes [rows, outputs] into the classes of each output. */
export interface ClassTargets {
  readonly classes: readonly NdArray[];
  readonly codes: Int32Array;
  readonly outputs: number;
  /** Fitted on a two-dimensional y: predictions are two-dimensional too. */
  readonly twoDimensional: boolean;
}

/** Reads `_y`, `classes_` and `outputs_2d_`. */
export function readClassTargets(fitted: Fitted, rows: number): ClassTargets {
  const twoDimensional = fitted.flag('outputs_2d_', false);
  const stored = twoDimensional ? fitted.list('classes_') : [fitted.array('classes_')];
  const classes = stored.map((value) =>
    value instanceof NdArray ? value : fitted.corrupt('"classes_" holds no arrays'),
  );
  const codes = Int32Array.from(fitted.floats('_y'));
  const outputs = classes.length;
  if (codes.length !== rows * outputs) fitted.corrupt('"_y" does not fit its rows');
  codes.forEach((code, at) => {
    if (code < 0 || code >= classes[at % outputs].size) fitted.corrupt(`"_y" has the code ${code}`);
  });
  return { classes, codes, outputs, twoDimensional };
}

/** One array of labels from the winners of each output. */
export function combineLabels(targets: ClassTargets, winners: readonly Int32Array[], rows: number): NdArray {
  const labels = winners.map((one, output) => takeLabels(targets.classes[output], one));
  if (!targets.twoDimensional) return labels[0];
  const [first] = labels;
  if (labels.length === 1) return new NdArray(first.dtype, [rows, 1], first.data);
  const flat = { length: rows * labels.length };
  const pick = (_: unknown, at: number) => labels[at % labels.length].data[Math.floor(at / labels.length)];
  if (Array.isArray(first.data))
    return new NdArray(first.dtype, [rows, labels.length], Array.from(flat, pick) as string[]);
  const typed = first.data.constructor as unknown as { from(source: object, map: typeof pick): Float64Array };
  return new NdArray(first.dtype, [rows, labels.length], typed.from(flat, pick));
}

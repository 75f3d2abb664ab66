/**
 * Booster gblinear: bias plus base (the first base score for all outputs, as the library has it), then each present cell times its weight in column order, in float32
 * (`GBLinear::Pred` in XGBoost's `src/gbm/gblinear.cc`). Writes rows × `outputs` margins to `out`.
 */
export function predictLinear(
  out: Float32Array,
  outputs: number,
  rows: Float32Array,
  nRows: number,
  nCols: number,
  weights: Float32Array,
  base: number,
): void {
  for (let row = 0; row < nRows; row++) {
    for (let output = 0; output < outputs; output++) {
      const at = row * outputs + output;
      out[at] = weights[nCols * outputs + output] + base;
      for (let column = 0; column < nCols; column++) {
        const cell = rows[row * nCols + column];
        if (!Number.isNaN(cell)) out[at] += Math.fround(cell * weights[column * outputs + output]);
      }
    }
  }
}

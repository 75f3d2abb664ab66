/** `kZeroThreshold` of LightGBM's `include/LightGBM/meta.h`: the double nearest to the float32 1e-35. */
export const ZERO_THRESHOLD = Math.fround(1e-35);

/**
 * Whether any split could tell a cell that LightGBM takes for zero from zero: such splits are common, since the library
 * puts the borders of the bin that holds zero at ±1e-35.
 */
export function hasSplitsAtZero(thresholds: Float64Array): boolean {
  return thresholds.some((threshold) => Math.abs(threshold) <= ZERO_THRESHOLD);
}

/**
 * The cells as the library sees them: of a dense row it keeps those beyond the threshold and takes the others for zero
 * (`RowPairFunctionFromDenseMatric` in LightGBM's `src/c_api.cpp`). The array itself where there are none.
 */
export function withTinyAsZero(cells: Float64Array): Float64Array {
  let out = cells;
  for (let i = 0; i < cells.length; i++) {
    const cell = cells[i];
    if (cell === 0 || !(Math.abs(cell) <= ZERO_THRESHOLD)) continue;
    if (out === cells) out = Float64Array.from(cells);
    out[i] = 0;
  }
  return out;
}

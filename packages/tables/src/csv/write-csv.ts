/** A value of a cell to write. */
export type CsvValue = string | number | bigint | boolean | null | undefined;

/**
 * One row of CSV with its LF, as RFC 4180 has it: a cell that holds the separator, a quote or a line end is quoted, quotes in it
 * are doubled. A number is the shortest decimal that reads back as the same float64 (`0.1`, `1e+21`), a missing one (NaN, null,
 * undefined) an empty cell, infinities `inf` and `-inf`, as pandas reads them.
 */
export function csvRow(values: readonly CsvValue[], separator = ','): string {
  let out = '';
  for (let i = 0; i < values.length; i++) out += (i === 0 ? '' : separator) + csvCell(values[i], separator);
  // A row of one empty cell would be a blank line, which is no row.
  return out === '' ? '""\n' : `${out}\n`;
}

/** One cell; see `csvRow`. */
export function csvCell(value: CsvValue, separator = ','): string {
  if (typeof value === 'number') {
    if (Number.isFinite(value)) return value === 0 && 1 / value < 0 ? '-0' : String(value);
    return Number.isNaN(value) ? '' : value > 0 ? 'inf' : '-inf';
  }
  if (value === null || value === undefined) return '';
  const text = String(value);
  return text.includes(separator) || /["\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Powers of ten that float64 holds exactly: a look-up costs less than `**`. */
const POWER = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));

/**
 * The shortest decimal that reads back as the same float32: `0.1`, where the float64 of the same value is
 * `0.10000000149011612`.
 */
export function float32Text(value: number): string {
  const magnitude = Math.abs(value);
  if (!(magnitude >= 1e-13 && magnitude < 1e13)) return slowFloat32Text(value);
  // Nine digits tell every float32 from its neighbours; mostly fewer do.
  const exponent = Math.floor(Math.log10(magnitude));
  for (let digits = 6; digits <= 9; digits++) {
    const places = digits - 1 - exponent;
    // Both are exact (below 2 ** 53, and a power up to 1e22), so that the quotient is the nearest float64.
    const power = POWER[places];
    const near = places >= 0 ? Math.round(value * power) / power : roundTo(value, POWER[-places]);
    if (Math.fround(near) === value) return String(near);
  }
  return slowFloat32Text(value);
}

function roundTo(value: number, unit: number): number {
  return Math.round(value / unit) * unit;
}

function slowFloat32Text(value: number): string {
  if (!Number.isFinite(value) || value === 0) return csvCell(value);
  for (let digits = 1; digits < 9; digits++) {
    const near = Number(value.toPrecision(digits));
    if (Math.fround(near) === value) return String(near);
  }
  return String(Number(value.toPrecision(9)));
}

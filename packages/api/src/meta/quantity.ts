const QUANTITY = /^([+-]?)(\d{1,30}(?:\.\d{0,30})?|\.\d{1,30})(?:([KMGTPE]i)|([numkMGTPE])|[eE]([+-]?\d{1,3}))?$/;

const DECIMAL: ReadonlyMap<string, number> = new Map([
  ['n', 1e-9],
  ['u', 1e-6],
  ['m', 1e-3],
  ['k', 1e3],
  ['M', 1e6],
  ['G', 1e9],
  ['T', 1e12],
  ['P', 1e15],
  ['E', 1e18],
]);

const BINARY_UNITS = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

/** Whether it is written as a Kubernetes quantity (apimachinery `resource.Quantity`). */
export function isQuantity(text: string): boolean {
  return QUANTITY.test(text);
}

/** The value of a quantity, e.g. 0.5 for `500m` and 2147483648 for `2Gi`; undefined where it is none. */
export function quantityValue(text: string): number | undefined {
  const match = QUANTITY.exec(text);
  if (match === null) return undefined;
  const [, sign, digits, binary, decimal, exponent] = match;
  let value = Number(digits);
  if (binary !== undefined) value *= 1024 ** (BINARY_UNITS.indexOf(binary) + 1);
  else if (decimal !== undefined) value *= DECIMAL.get(decimal) as number;
  else if (exponent !== undefined) value *= 10 ** Number(exponent);
  return sign === '-' ? -value : value;
}

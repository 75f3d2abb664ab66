/**
 * The element-wise numpy functions that a FunctionTransformer may hold. `keepsInteger`: integers stay integers, as numpy
 * has it; otherwise they become float64.
 */
export interface ElementFunction {
  readonly apply: (value: number) => number;
  readonly keepsInteger: boolean;
}

function real(apply: (value: number) => number): ElementFunction {
  return { apply, keepsInteger: false };
}

function either(apply: (value: number) => number): ElementFunction {
  return { apply, keepsInteger: true };
}

/** Round half to even, as `numpy.rint`. */
function rint(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

const DEGREE = Math.PI / 180;

export const ELEMENT_FUNCTIONS: ReadonlyMap<string, ElementFunction> = new Map([
  ['log', real(Math.log)],
  ['log1p', real(Math.log1p)],
  ['log2', real(Math.log2)],
  ['log10', real(Math.log10)],
  ['exp', real(Math.exp)],
  ['expm1', real(Math.expm1)],
  ['exp2', real((value) => 2 ** value)],
  ['sqrt', real(Math.sqrt)],
  ['cbrt', real(Math.cbrt)],
  ['fabs', real(Math.abs)],
  ['sin', real(Math.sin)],
  ['cos', real(Math.cos)],
  ['tan', real(Math.tan)],
  ['arcsin', real(Math.asin)],
  ['arccos', real(Math.acos)],
  ['arctan', real(Math.atan)],
  ['sinh', real(Math.sinh)],
  ['cosh', real(Math.cosh)],
  ['tanh', real(Math.tanh)],
  ['arcsinh', real(Math.asinh)],
  ['arccosh', real(Math.acosh)],
  ['arctanh', real(Math.atanh)],
  ['deg2rad', real((value) => value * DEGREE)],
  ['radians', real((value) => value * DEGREE)],
  ['rad2deg', real((value) => value * (180 / Math.PI))],
  ['degrees', real((value) => value * (180 / Math.PI))],
  ['square', either((value) => value * value)],
  ['abs', either(Math.abs)],
  ['absolute', either(Math.abs)],
  ['sign', either(Math.sign)],
  ['negative', either((value) => -value)],
  ['positive', either((value) => value)],
  ['floor', either(Math.floor)],
  ['ceil', either(Math.ceil)],
  ['trunc', either(Math.trunc)],
  ['rint', real(rint)],
]);

/** Parts that 1 is cut into: a power of two is looked up to the nearest. */
const PARTS = 32;
/** 2^(i/32) as the high and the low word of a float64. */
const LOW = new Int32Array(PARTS);
const HIGH = new Int32Array(PARTS);
const scale = new Float64Array(1);
const words = new Int32Array(scale.buffer);
for (let i = 0; i < PARTS; i++) {
  scale[0] = 2 ** (i / PARTS);
  LOW[i] = words[0];
  HIGH[i] = words[1];
}

const PARTS_OF_E = PARTS * Math.LOG2E;
/** Adding and taking away rounds to a whole number. */
const ROUND = 1.5 * 2 ** 52;
/** 2^(r/32) for r in ±1/2 as 1 + r·(ONE + r·(TWO + r·THREE)): what Szabolcs Nagy's `expf` has, which glibc took in 2.27. */
const ONE = 0.6931471806916203 / PARTS;
const TWO = 0.2402284522445722 / PARTS ** 2;
const THREE = 0.05550361559341535 / PARTS ** 3;

/** The largest argument whose power a float32 holds, and the least whose power is not 0. */
const MOST = 88.72283172607422;
const LEAST = -103.97208404541016;

/**
 * `expf` of the C library that XGBoost's Linux releases run with, to the last bit: it is not always the nearest float32 to
 * the exponential, and what comes behind a float32 (a calibration in float64) tells the difference.
 * @param x a float32
 */
export function expFloat32(x: number): number {
  if (!(x >= LEAST)) return Number.isNaN(x) ? x : 0;
  if (x > MOST) return Number.POSITIVE_INFINITY;
  const parts = x * PARTS_OF_E;
  const whole = parts + ROUND - ROUND;
  const rest = parts - whole;
  const place = whole & (PARTS - 1);
  words[0] = LOW[place];
  words[1] = HIGH[place] + (((whole - place) / PARTS) << 20);
  const power = (THREE * rest + TWO) * (rest * rest) + (ONE * rest + 1);
  return Math.fround(power * scale[0]);
}

/** Two columns, 1 − p and p, from the probability p of the second class that each raw score stands for. */
export function binaryColumns(raw: Float64Array, probability: (score: number) => number): Float64Array {
  const out = new Float64Array(raw.length * 2);
  for (let row = 0; row < raw.length; row++) {
    const positive = probability(raw[row]);
    out[row * 2] = 1 - positive;
    out[row * 2 + 1] = positive;
  }
  return out;
}

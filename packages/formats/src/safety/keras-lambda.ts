import type { Findings } from './findings.ts';

/** A description of a model is read whole up to this; weights, which may be more, stand in files of their own or behind it. */
export const MAX_DESCRIPTION_BYTES = 2 ** 26;

const LAMBDA = /"class_name"\s*:\s*"(?:Lambda|__lambda__)"/;

/** Whether a file may hold Keras's description of a model: JSON, or HDF5, which has it as an attribute. */
export function mayDescribeKeras(head: Uint8Array): boolean {
  const text = Buffer.from(head.subarray(0, 16)).toString('latin1');
  return text.startsWith('\x89HDF') || /^\s*\{/.test(text);
}

/** Notes a Lambda layer: Keras writes the bytecode of its function into the model, and older releases run it unasked. */
export function noteKerasLambda(bytes: Uint8Array, findings: Findings): void {
  const text = Buffer.from(bytes.subarray(0, MAX_DESCRIPTION_BYTES)).toString('latin1');
  if (!LAMBDA.test(text)) return;
  findings.odd('code', 'a Lambda layer of Keras holds Python code of its own, which runs where the model is loaded');
}

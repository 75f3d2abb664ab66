import { type InferRequest, invalidInput, type ModelMetadata, type TensorSpec } from '@berth/inference';

/**
 * Refuses what no model can mean: a tensor or an output that is named twice, an output the model does not have.
 * @throws InferenceError INVALID_INPUT; the text lists the outputs that may be asked for.
 */
export function checkRequest(name: string, metadata: ModelMetadata, request: InferRequest): void {
  const { inputs, outputs } = request;
  if (inputs.length > 1) {
    const repeated = firstRepeated(inputs.map((input) => input.name));
    if (repeated !== undefined) throw invalidInput(`input '${repeated}' already exists in request`);
  }
  if (outputs.length === 0) return;
  const repeated = firstRepeated(outputs);
  if (repeated !== undefined) throw invalidInput(`output '${repeated}' is asked for twice; name each output once`);
  if (metadata.outputs.length === 0) return;
  for (const output of outputs) {
    if (!hasSpec(metadata.outputs, output)) throw unknownOutput(name, output, metadata.outputs);
  }
}

/** A name stands for `NAME_0`, `NAME_1`, … too, as a multi-output classifier's probabilities are listed. */
function hasSpec(specs: readonly TensorSpec[], name: string): boolean {
  for (const spec of specs) if (spec.name === name) return true;
  const first = `${name}_0`;
  for (const spec of specs) if (spec.name === first) return name === 'predict_proba' || name === 'predict_log_proba';
  return false;
}

function unknownOutput(model: string, output: string, specs: readonly TensorSpec[]) {
  const offered = specs.map((spec) => spec.name).join(', ');
  return invalidInput(`unexpected inference output '${output}' for model '${model}'; it has these outputs: ${offered}`);
}

function firstRepeated(names: readonly string[]): string | undefined {
  if (names.length < 8) return names.find((name, index) => names.indexOf(name) !== index);
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) return name;
    seen.add(name);
  }
  return undefined;
}

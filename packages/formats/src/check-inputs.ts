import { elementCount, type InferenceError, invalidInput, type Tensor, type TensorSpec } from '@berth/inference';

/** One input as a request must send it. An undefined shape is any. */
export interface InputRule extends Omit<TensorSpec, 'shape'> {
  readonly shape: readonly number[] | undefined;
  readonly optional?: boolean;
}

/** What a request is checked against. */
export interface InputRules {
  /** The model's name, for the texts. */
  readonly model: string;
  readonly inputs: readonly InputRule[];
  /** Triton's `max_batch_size`; 0 without a bound. */
  readonly maxBatchSize: number;
}

const NOTE =
  ' NOTE: Setting a non-zero max_batch_size in the model config requires a batch dimension to be prepended to each input ' +
  'shape. If you want to specify the full shape including the batch dim in your input dims config, try setting ' +
  'max_batch_size to zero. See the model configuration docs for more info on max_batch_size.';

/**
 * Checks names, datatypes, shapes and batch size, with the texts that Triton answers (recorded from 2.51) so that clients
 * that look for them find them. Returns the tensors in the model's order.
 * @throws InferenceError INVALID_INPUT
 */
export function checkInputs(rules: InputRules, tensors: readonly Tensor[]): Tensor[] {
  const byName = new Map<string, Tensor>();
  for (const tensor of tensors) {
    if (byName.has(tensor.name)) throw invalidInput(`input '${tensor.name}' already exists in request`);
    byName.set(tensor.name, tensor);
  }
  const known = new Set(rules.inputs.map((input) => input.name));
  for (const name of byName.keys()) {
    if (known.has(name)) continue;
    const offered = rules.inputs.map((input) => input.name).join(', ');
    throw invalidInput(
      `unexpected inference input '${name}' for model '${rules.model}'; it has these inputs: ${offered}`,
    );
  }
  const missing = rules.inputs.filter((input) => input.optional !== true && !byName.has(input.name));
  if (missing.length > 0) throw missingInputs(rules, byName, missing);
  const ordered: Tensor[] = [];
  for (const input of rules.inputs) {
    const tensor = byName.get(input.name);
    if (tensor === undefined) continue;
    checkInput(rules, input, tensor);
    ordered.push(tensor);
  }
  if (rules.maxBatchSize > 0) checkBatch(rules, ordered);
  return ordered;
}

function checkInput(rules: InputRules, input: InputRule, tensor: Tensor): void {
  const { name, datatype, shape } = tensor;
  if (datatype !== input.datatype) {
    throw invalidInput(
      `inference input '${name}' data-type is '${datatype}', but model '${rules.model}' expects '${input.datatype}'`,
    );
  }
  if (tensor.data.length !== elementCount(shape)) {
    throw invalidInput(
      `input '${name}' has ${tensor.data.length} elements, but its shape ${list(shape)} holds ${elementCount(shape)}`,
    );
  }
  if (input.shape === undefined || fits(shape, input.shape)) return;
  const note = rules.maxBatchSize > 0 ? NOTE : '';
  throw invalidInput(
    `unexpected shape for input '${name}' for model '${rules.model}'. Expected ${list(input.shape)}, got ${list(shape)}.${note}`,
  );
}

function checkBatch(rules: InputRules, tensors: readonly Tensor[]): void {
  const sizes = new Set(tensors.map((tensor) => tensor.shape[0]));
  if (sizes.size > 1) {
    const shown = tensors.map((tensor) => `'${tensor.name}' has ${tensor.shape[0]}`).join(', ');
    throw invalidInput(`all inputs of model '${rules.model}' must have one batch size, but ${shown}`);
  }
  for (const size of sizes) {
    if (size > rules.maxBatchSize) {
      throw invalidInput(`inference request batch-size must be <= ${rules.maxBatchSize} for '${rules.model}'`);
    }
  }
}

function fits(shape: readonly number[], wanted: readonly number[]): boolean {
  return shape.length === wanted.length && wanted.every((dim, index) => dim === -1 || dim === shape[index]);
}

function missingInputs(
  rules: InputRules,
  sent: ReadonlyMap<string, Tensor>,
  missing: readonly InputRule[],
): InferenceError {
  const quoted = (names: readonly string[]) => `[${names.map((name) => `'${name}'`).join(', ')}]`;
  return invalidInput(
    `expected ${rules.inputs.length} inputs but got ${sent.size} inputs for model '${rules.model}'. ` +
      `Got input(s) ${quoted([...sent.keys()])}, but missing required input(s) ${quoted(missing.map((input) => input.name))}. ` +
      'Please provide all required input(s).',
  );
}

function list(shape: readonly number[]): string {
  return `[${shape.join(',')}]`;
}

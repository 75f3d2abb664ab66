import {
  type InferRequest,
  type InferResponse,
  LoadError,
  type Model,
  type ModelMetadata,
  type Tensor,
  type TensorSpec,
} from '@berth/inference';
import { checkInputs, type InputRules } from '../check-inputs.ts';
import { reshapeTensor } from './reshape.ts';
import { controlTensor } from './sequence-controls.ts';
import { TRITON_CONFIG_FILE, type TritonConfig, type TritonControl, type TritonTensor } from './triton-config.ts';

/** The names of an output's classes, by output; from `label_filename`. */
export type OutputLabels = ReadonlyMap<string, readonly string[]>;

/**
 * A model under its `config.pbtxt`: shapes with a batch dimension where `max_batch_size` is above 0, the bound on the batch,
 * reshapes, labels, only the outputs that the config lists.
 * @throws LoadError ModelLayout where the config and the model differ.
 */
export function withTritonConfig(model: Model, name: string, config: TritonConfig, labels: OutputLabels): Model {
  return new TritonModel(model, name, config, labels);
}

class TritonModel implements Model {
  readonly metadata: ModelMetadata;
  readonly #model: Model;
  readonly #rules: InputRules;
  readonly #reshapeIn: ReadonlyMap<string, TritonTensor>;
  readonly #reshapeOut: ReadonlyMap<string, TritonTensor>;
  readonly #batched: boolean;
  readonly #controls: readonly TritonControl[];

  constructor(model: Model, name: string, config: TritonConfig, labels: OutputLabels) {
    const batch = config.maxBatchSize ?? 0;
    this.#batched = batch > 0;
    const filled = new Set(config.controls.map((control) => control.name));
    const own = model.metadata.inputs.filter((input) => !filled.has(input.name));
    const inputs = specsOf('input', config.inputs, own, this.#batched);
    this.#controls = config.controls;
    const outputs = specsOf('output', config.outputs, model.metadata.outputs, this.#batched).map((spec) => {
      const named = labels.get(spec.name);
      return named === undefined ? spec : { ...spec, labels: named };
    });
    const optional = new Set(config.inputs.filter((input) => input.optional === true).map((input) => input.name));
    this.#model = model;
    this.#rules = {
      model: name,
      inputs: inputs.map((input) => (optional.has(input.name) ? { ...input, optional: true } : input)),
      maxBatchSize: batch,
    };
    this.#reshapeIn = reshaped(config.inputs);
    this.#reshapeOut = reshaped(config.outputs);
    this.metadata = { ...model.metadata, inputs, outputs, defaultOutputs: outputs.map((output) => output.name) };
  }

  async infer(request: InferRequest): Promise<InferResponse> {
    const checked = request.layout === 'tensors' ? checkInputs(this.#rules, request.inputs) : request.inputs;
    const shaped = this.#reshapeIn.size === 0 ? checked : checked.map((tensor) => this.#inward(tensor));
    const batch = this.#batched ? (checked[0]?.shape[0] ?? 1) : undefined;
    const inputs = [...shaped, ...this.#controls.map((control) => controlTensor(control, request, batch))];
    const outputs = request.outputs.length === 0 ? this.metadata.defaultOutputs : request.outputs;
    const response = await this.#model.infer({ ...request, inputs, outputs });
    if (this.#reshapeOut.size === 0) return response;
    return { ...response, outputs: response.outputs.map((tensor) => this.#outward(tensor)) };
  }

  close(): Promise<void> {
    return this.#model.close();
  }

  #inward(tensor: Tensor): Tensor {
    const declared = this.#reshapeIn.get(tensor.name);
    if (declared?.reshape === undefined) return tensor;
    return reshapeTensor(tensor, declared.dims, declared.reshape, this.#batched);
  }

  #outward(tensor: Tensor): Tensor {
    const declared = this.#reshapeOut.get(tensor.name);
    if (declared?.reshape === undefined) return tensor;
    return reshapeTensor(tensor, declared.reshape, declared.dims, this.#batched);
  }
}

function reshaped(tensors: readonly TritonTensor[]): ReadonlyMap<string, TritonTensor> {
  return new Map(tensors.filter((tensor) => tensor.reshape !== undefined).map((tensor) => [tensor.name, tensor]));
}

/** What the config declares, checked against the model; where it declares nothing, what the model has (auto-complete). */
function specsOf(
  role: 'input' | 'output',
  declared: readonly TritonTensor[],
  own: readonly TensorSpec[],
  batched: boolean,
): TensorSpec[] {
  if (declared.length === 0) {
    if (batched) for (const spec of own) requireBatch(role, spec);
    return [...own];
  }
  const byName = new Map(own.map((spec) => [spec.name, spec]));
  const specs = declared.map((tensor) => {
    const spec = byName.get(tensor.name);
    if (spec === undefined) {
      const has = own.map((one) => one.name).join(', ');
      throw mismatch(`${role} "${tensor.name}" is not in the model, which has ${has}`);
    }
    if (spec.datatype !== tensor.datatype) {
      throw mismatch(`${role} "${tensor.name}" is ${tensor.datatype}, but the model has ${spec.datatype}`);
    }
    const inModel = withBatch(tensor.reshape ?? tensor.dims, batched);
    if (!agree(inModel, spec.shape)) {
      throw mismatch(`${role} "${tensor.name}" has the shape [${inModel}], but the model has [${spec.shape}]`);
    }
    const shape = withBatch(tensor.dims, batched);
    return { ...spec, shape };
  });
  if (role === 'input') {
    const names = new Set(declared.map((tensor) => tensor.name));
    const left = own.find((spec) => !names.has(spec.name));
    if (left !== undefined) throw mismatch(`the model's input "${left.name}" is missing`);
  }
  return specs;
}

function withBatch(dims: readonly number[], batched: boolean): readonly number[] {
  return batched ? [-1, ...dims] : dims;
}

/** Two shapes agree where no two known sizes differ; a model that says only `[-1]` may take any rank. */
function agree(declared: readonly number[], own: readonly number[]): boolean {
  if (own.length === 1 && own[0] === -1) return true;
  if (declared.length !== own.length) return false;
  return declared.every((dim, index) => dim === -1 || own[index] === -1 || dim === own[index]);
}

function requireBatch(role: string, spec: TensorSpec): void {
  if (spec.shape[0] === -1) return;
  throw mismatch(`max_batch_size is above 0, but the model's ${role} "${spec.name}" has no free first dimension`);
}

function mismatch(what: string): LoadError {
  return new LoadError('ModelLayout', `${TRITON_CONFIG_FILE}: ${what}`);
}

import {
  type BytesElement,
  type GraphSession,
  type InferRequest,
  type InferResponse,
  invalidInput,
  type Model,
  type ModelMetadata,
  type Tensor,
} from '@berth/inference';
import { checkInputs, type InputRules } from '../check-inputs.ts';
import { arrangeInputs } from './arrange.ts';
import { bfloat16ToFloat, floatToBfloat16 } from './convert.ts';
import { hideNul, holdNul, restoreNul, toTexts } from './nul-text.ts';
import type { Port } from './ports.ts';

/** A graph behind the server's contract. */
export class OnnxModel implements Model {
  readonly metadata: ModelMetadata;
  readonly #session: GraphSession;
  readonly #inputs: readonly Port[];
  readonly #outputs: ReadonlyMap<string, Port>;
  readonly #rules: InputRules;

  constructor(
    name: string,
    session: GraphSession,
    ports: { readonly inputs: readonly Port[]; readonly outputs: readonly Port[] },
    metadata: ModelMetadata,
  ) {
    this.metadata = metadata;
    this.#session = session;
    this.#inputs = ports.inputs;
    this.#outputs = new Map(ports.outputs.map((port) => [port.name, port]));
    this.#rules = { model: name, inputs: ports.inputs, maxBatchSize: 0 };
  }

  async infer(request: InferRequest): Promise<InferResponse> {
    const tensors = checkInputs(this.#rules, arrangeInputs(request, this.#inputs));
    const names = request.outputs.length === 0 ? this.metadata.defaultOutputs : request.outputs;
    const wanted = this.#outputsNamed(names);
    const inner = tensors.map((tensor, index) => toInner(tensor, this.#inputs[index]));
    const withNul = inner.some(({ datatype, data }) => datatype === 'BYTES' && holdNul(data as string[]));
    const fed = withNul ? inner.map(hideTexts) : inner;
    const fetched = [...new Set(wanted.map((port) => port.inner))];
    const results = await this.#session.run(fed, fetched, request.signal);
    const byName = new Map(results.map((tensor) => [tensor.name, tensor]));
    const outputs = wanted.map((port) => toOuter(byName.get(port.inner) as Tensor, port));
    return { outputs: withNul ? outputs.map(restoreTexts) : outputs };
  }

  close(): Promise<void> {
    return this.#session.close();
  }

  /** In the model's order, as Triton answers. */
  #outputsNamed(names: readonly string[]): Port[] {
    for (const name of names) {
      if (this.#outputs.has(name)) continue;
      const offered = [...this.#outputs.keys()].join(', ');
      throw invalidInput(
        `unexpected inference output '${name}' for model '${this.#rules.model}'; it has these outputs: ${offered}`,
      );
    }
    return [...this.#outputs.values()].filter((port) => names.includes(port.name));
  }
}

function toInner(tensor: Tensor, port: Port): Tensor {
  const { shape } = tensor;
  if (port.datatype === 'BYTES') {
    const data = toTexts(tensor.data as BytesElement[], tensor.name);
    return { name: port.inner, datatype: 'BYTES', shape, data };
  }
  if (port.datatype === 'BF16') {
    return { name: port.inner, datatype: 'FP32', shape, data: bfloat16ToFloat(tensor.data as Uint16Array) };
  }
  return { name: port.inner, datatype: tensor.datatype, shape, data: tensor.data };
}

function hideTexts(tensor: Tensor): Tensor {
  if (tensor.datatype !== 'BYTES') return tensor;
  return { ...tensor, data: hideNul(tensor.data as string[], tensor.name) };
}

function restoreTexts(tensor: Tensor): Tensor {
  return tensor.datatype === 'BYTES' ? { ...tensor, data: restoreNul(tensor.data as string[]) } : tensor;
}

function toOuter(tensor: Tensor, port: Port): Tensor {
  if (port.datatype === 'BF16') {
    const data = floatToBfloat16(tensor.data as Float32Array);
    return { name: port.name, datatype: 'BF16', shape: tensor.shape, data };
  }
  return { ...tensor, name: port.name };
}

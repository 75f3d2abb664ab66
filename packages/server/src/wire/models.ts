import {
  type Datatype,
  InferenceError,
  type InferRequest,
  invalidInput,
  type Model,
  type Tensor,
  type TensorSpec,
} from '@berth/inference';

/** A model for tests: what it says of itself, and a function that answers. */
export function fakeModel(metadata: Partial<Model['metadata']>, infer: (request: InferRequest) => Tensor[]): Model {
  return {
    metadata: { platform: '', inputs: [], outputs: [], defaultOutputs: [], properties: new Map(), ...metadata },
    infer: (request) => ({ outputs: infer(request) }),
    close: async () => undefined,
  };
}

function spec(name: string, datatype: Datatype, shape: readonly number[], labels?: readonly string[]): TensorSpec {
  return { name, datatype, shape, ...(labels === undefined ? {} : { labels }) };
}

/** The model that the KServe recording was made with: it answers what it is sent, and fails on command. */
export function kserveEcho(): Model {
  return fakeModel({}, (request) => {
    const first = request.inputs[0]?.data;
    if (Array.isArray(first) && first[0] === 'boom') throw invalidInput('boom');
    if (Array.isArray(first) && first[0] === 'infer') throw new InferenceError('INTERNAL', 'ie');
    if (Array.isArray(first) && first[0] === 'crash') throw new Error('crash');
    return request.inputs.map(({ name, datatype, shape, data }) => ({ name, datatype, shape, data }));
  });
}

/** MLServer's: an echo of version v1. */
export function mlserverEcho(): Model {
  return fakeModel({ platform: 'x', inputs: [spec('INPUT0', 'FP32', [-1, -1])] }, (request) => {
    if (request.inputs[0]?.name === 'boom') throw invalidInput('boom');
    if (request.inputs[0]?.name === 'crash') throw new Error('crash');
    return request.inputs.map(({ name, datatype, shape, data }) => ({ name, datatype, shape, data }));
  });
}

/** MLServer's scikit-learn iris model, answering what was recorded. */
export function mlserverIris(): Model {
  const outputs = [spec('predict', 'INT64', [-1]), spec('predict_proba', 'FP64', [-1, 3])];
  return fakeModel({ platform: 'sklearn', outputs, defaultOutputs: ['predict'] }, (request) => {
    const width = request.layout === 'columns' ? request.inputs.length : request.inputs[0].shape[1];
    if (width !== 4 || request.inputs[0].datatype === 'BYTES') throw invalidInput('the model wants 4 numbers a row');
    const rows = request.inputs[0].shape[0];
    const labels = BigInt64Array.from({ length: rows }, (_, row) => (row === 0 ? 0n : 2n));
    const predict: Tensor = { name: 'predict', datatype: 'INT64', shape: [rows], data: labels };
    const probabilities = new Float64Array([0.9816568320652066, 0.018343153539750134, 1.4395043299306138e-8]);
    const proba: Tensor = { name: 'predict_proba', datatype: 'FP64', shape: [rows, 3], data: probabilities };
    const asked = request.outputs.length === 0 ? ['predict'] : request.outputs;
    return [predict, proba].filter((output) => asked.includes(output.name));
  });
}

/** MLServer's custom model that doubles x where it also gets s. */
export function mlserverCodec(): Model {
  return fakeModel({}, (request) => {
    const x = request.inputs.find((input) => input.name === 'x');
    if (x === undefined || request.inputs.length < 2) throw invalidInput('input s is missing');
    const data = Float64Array.from(x.data as Float64Array, (value) => 2 * value);
    const parameters = new Map([['content_type', 'np']]);
    return [{ name: 'output-0', datatype: 'FP64', shape: [data.length, 1], data, parameters }];
  });
}

/** Triton's: INPUT0 comes back as OUTPUT0. Checks its input as Triton's core does. */
export function tritonIdentity(name: string, datatype: Datatype, shape: readonly number[], labels?: string[]): Model {
  const inputs = [spec('INPUT0', datatype, shape)];
  const outputs = [spec('OUTPUT0', datatype, shape, labels)];
  return fakeModel({ platform: 'python', inputs, outputs, defaultOutputs: ['OUTPUT0'] }, (request) => {
    checkInputs(name, inputs, request);
    const { data } = request.inputs[0];
    return [{ name: 'OUTPUT0', datatype, shape: request.inputs[0].shape, data }];
  });
}

/** Triton's example: sum and difference of two rows of 16. */
export function tritonSimple(name: string, datatype: 'INT32' | 'INT8'): Model {
  const inputs = [spec('INPUT0', datatype, [-1, 16]), spec('INPUT1', datatype, [-1, 16])];
  const outputs = [spec('OUTPUT0', datatype, [-1, 16]), spec('OUTPUT1', datatype, [-1, 16])];
  return fakeModel({ platform: 'python', inputs, outputs, defaultOutputs: ['OUTPUT0', 'OUTPUT1'] }, (request) => {
    checkInputs(name, inputs, request);
    const [left, right] = request.inputs.map((input) => input.data as Int32Array);
    const { shape } = request.inputs[0];
    const sum = left.map((value, index) => value + right[index]);
    const difference = left.map((value, index) => value - right[index]);
    return [
      { name: 'OUTPUT0', datatype, shape, data: sum },
      { name: 'OUTPUT1', datatype, shape, data: difference },
    ];
  });
}

/** A model that fails on its own. */
export function tritonBroken(): Model {
  return fakeModel({ inputs: [spec('INPUT0', 'FP32', [-1])] }, () => {
    throw new Error('my failure');
  });
}

function checkInputs(model: string, specs: readonly TensorSpec[], request: InferRequest): void {
  for (const input of request.inputs) {
    const declared = specs.find((each) => each.name === input.name);
    if (declared === undefined) throw invalidInput(`unexpected inference input '${input.name}' for model '${model}'`);
    if (declared.datatype !== input.datatype) throw invalidInput(`inference input '${input.name}' data-type`);
    const fits = declared.shape.every((dim, index) => dim === -1 || dim === input.shape[index]);
    if (!fits || declared.shape.length !== input.shape.length)
      throw invalidInput(`unexpected shape for '${input.name}'`);
    if (input.shape[0] > 8) throw invalidInput(`inference request batch-size must be <= 8 for '${model}'`);
  }
  if (request.inputs.length < specs.length) throw invalidInput(`expected ${specs.length} inputs`);
}

/** Models of Triton's test set that are only named and refused here: sequences, decoupled answers, text to text. */
export function tritonRefusing(error: InferenceError): Model {
  return fakeModel({ platform: 'python' }, () => {
    throw error;
  });
}

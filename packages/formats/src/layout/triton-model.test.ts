import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { InferRequest, Model, Tensor, TensorSpec } from '@berth/inference';
import { readTritonConfig } from './triton-config.ts';
import { tritonConfigJson } from './triton-config-json.ts';
import { withTritonConfig } from './triton-model.ts';

/** A model that gives its first input back as each output and keeps the request. */
function echo(
  inputs: readonly TensorSpec[],
  outputs: readonly TensorSpec[],
): Model & { seen: InferRequest | undefined } {
  const model = {
    seen: undefined as InferRequest | undefined,
    metadata: {
      platform: 'onnxruntime_onnx',
      inputs,
      outputs,
      defaultOutputs: outputs.map((output) => output.name),
      properties: new Map<string, string>(),
    },
    infer(request: InferRequest) {
      model.seen = request;
      return { outputs: outputs.map((output) => ({ ...request.inputs[0], name: output.name })) };
    },
    close: async () => {},
  };
  return model;
}

const spec = (name: string, shape: number[]): TensorSpec => ({ name, datatype: 'INT32', shape });
const tensor = (name: string, shape: number[]): Tensor => ({
  name,
  datatype: 'INT32',
  shape,
  data: new Int32Array(shape.reduce((product, dim) => product * dim, 1)),
});
const request = (...inputs: Tensor[]): InferRequest => ({ inputs, layout: 'tensors', outputs: [] });

const SIMPLE = `name: "simple" max_batch_size: 8
  input [ { name: "INPUT0" data_type: TYPE_INT32 dims: [ 16 ] }, { name: "INPUT1" data_type: TYPE_INT32 dims: [ 16 ] } ]
  output [ { name: "OUTPUT0" data_type: TYPE_INT32 dims: [ 16 ] }, { name: "OUTPUT1" data_type: TYPE_INT32 dims: [ 16 ] } ]`;

function simple() {
  const both = (prefix: string) => [spec(`${prefix}0`, [-1, 16]), spec(`${prefix}1`, [-1, 16])];
  const config = readTritonConfig(SIMPLE);
  return { config, model: withTritonConfig(echo(both('INPUT'), both('OUTPUT')), 'simple', config, new Map()) };
}

describe('a model under its config.pbtxt', () => {
  it('has a batch dimension in its shapes', () => {
    const { metadata } = simple().model;
    assert.deepEqual(
      metadata.inputs.map((input) => input.shape),
      [
        [-1, 16],
        [-1, 16],
      ],
    );
  });

  // The texts are those that Triton 2.51 answered (without its request id in front).
  it('refuses what Triton refuses, with its words', async () => {
    const { model } = simple();
    for (const [inputs, message] of [
      [
        [tensor('INPUT0', [1, 16])],
        "expected 2 inputs but got 1 inputs for model 'simple'. Got input(s) ['INPUT0'], but missing required input(s) ['INPUT1']. Please provide all required input(s).",
      ],
      [
        [tensor('INPUT0', [1, 16]), { ...tensor('INPUT1', [1, 16]), datatype: 'FP64' as const }],
        "inference input 'INPUT1' data-type is 'FP64', but model 'simple' expects 'INT32'",
      ],
      [
        [tensor('INPUT0', [9, 16]), tensor('INPUT1', [9, 16])],
        "inference request batch-size must be <= 8 for 'simple'",
      ],
      [
        [tensor('INPUT0', [16]), tensor('INPUT1', [16])],
        "unexpected shape for input 'INPUT0' for model 'simple'. Expected [-1,16], got [16]. NOTE: Setting a non-zero max_batch_size in the model config requires a batch dimension to be prepended to each input shape. If you want to specify the full shape including the batch dim in your input dims config, try setting max_batch_size to zero. See the model configuration docs for more info on max_batch_size.",
      ],
      [
        [tensor('INPUT0', [1, 16]), tensor('X', [1, 16])],
        "unexpected inference input 'X' for model 'simple'; it has these inputs: INPUT0, INPUT1",
      ],
      [[tensor('INPUT0', [1, 16]), tensor('INPUT0', [1, 16])], "input 'INPUT0' already exists in request"],
    ] as const) {
      await assert.rejects(async () => model.infer(request(...inputs)), { code: 'INVALID_INPUT', message });
    }
    await assert.rejects(async () => model.infer(request(tensor('INPUT0', [1, 16]), tensor('INPUT1', [2, 16]))), {
      message: /one batch size/,
    });
  });

  it('reshapes on the way in and out', async () => {
    const config = readTritonConfig(`max_batch_size: 4
      input { name: "x" data_type: TYPE_INT32 dims: [ 1, -1 ] reshape { shape: [ -1 ] } }
      output { name: "y" data_type: TYPE_INT32 dims: [ -1, 1 ] reshape { shape: [ -1 ] } }`);
    const inner = echo([spec('x', [-1, -1])], [spec('y', [-1, -1])]);
    const model = withTritonConfig(inner, 'm', config, new Map());
    const { outputs } = await model.infer(request(tensor('x', [2, 1, 3])));
    assert.deepEqual(inner.seen?.inputs[0].shape, [2, 3]);
    assert.deepEqual(outputs[0].shape, [2, 3, 1]);
  });

  it('fills control inputs from the parameters of the sequence', async () => {
    const config = readTritonConfig(`max_batch_size: 8 input { name: "x" data_type: TYPE_INT32 dims: 1 }
      sequence_batching { control_input [
        { name: "START" control { kind: CONTROL_SEQUENCE_START int32_false_true: [ 0, 7 ] } },
        { name: "READY" control { kind: CONTROL_SEQUENCE_READY int32_false_true: [ 0, 1 ] } },
        { name: "ID" control { kind: CONTROL_SEQUENCE_CORRID data_type: TYPE_UINT64 } } ] }`);
    const own = ['x', 'START', 'READY'].map((name) => spec(name, [-1, 1]));
    const inner = echo([...own, { name: 'ID', datatype: 'UINT64', shape: [-1, 1] }], [spec('y', [-1, 1])]);
    const model = withTritonConfig(inner, 'm', config, new Map());
    assert.deepEqual(
      model.metadata.inputs.map((input) => input.name),
      ['x'],
    );
    const parameters = new Map<string, number | boolean>([
      ['sequence_id', 42],
      ['sequence_start', true],
    ]);
    await model.infer({ ...request(tensor('x', [1, 1])), parameters });
    assert.deepEqual(
      inner.seen?.inputs.slice(1).map((input) => [input.name, input.shape, [...input.data]]),
      [
        ['START', [1, 1], [7]],
        ['READY', [1, 1], [1]],
        ['ID', [1, 1], [42n]],
      ],
    );
  });

  it('is refused where config and model differ', () => {
    for (const [text, message] of [
      ['input { name: "z" data_type: TYPE_INT32 dims: 4 }', /input "z" is not in the model, which has x/],
      ['input { name: "x" data_type: TYPE_FP32 dims: [ -1, 4 ] }', /input "x" is FP32, but the model has INT32/],
      ['input { name: "x" data_type: TYPE_INT32 dims: 4 }', /shape \[4\], but the model has \[-1,4\]/],
      [
        'max_batch_size: 2 input { name: "x" data_type: TYPE_INT32 dims: 5 }',
        /shape \[-1,5\], but the model has \[-1,4\]/,
      ],
      [
        'max_batch_size: 2 output { name: "y" data_type: TYPE_INT32 dims: 4 }',
        /"y" has the shape \[-1,4\], but the model has \[4\]/,
      ],
      ['max_batch_size: 2', /output "y" has no free first dimension/],
    ] as const) {
      const own = echo([spec('x', [-1, 4])], [spec('y', [4])]);
      assert.throws(() => withTritonConfig(own, 'm', readTritonConfig(text), new Map()), {
        reason: 'ModelLayout',
        message,
      });
    }
  });
});

describe('the configuration as JSON', () => {
  // Recorded from Triton 2.51 (its backend was Python's there).
  const RECORDED =
    '{"name":"simple","platform":"","backend":"python","runtime":"","version_policy":{"latest":{"num_versions":1}},"max_batch_size":8,"input":[{"name":"INPUT0","data_type":"TYPE_INT32","format":"FORMAT_NONE","dims":[16],"is_shape_tensor":false,"allow_ragged_batch":false,"optional":false,"is_non_linear_format_io":false},{"name":"INPUT1","data_type":"TYPE_INT32","format":"FORMAT_NONE","dims":[16],"is_shape_tensor":false,"allow_ragged_batch":false,"optional":false,"is_non_linear_format_io":false}],"output":[{"name":"OUTPUT0","data_type":"TYPE_INT32","dims":[16],"label_filename":"","is_shape_tensor":false,"is_non_linear_format_io":false},{"name":"OUTPUT1","data_type":"TYPE_INT32","dims":[16],"label_filename":"","is_shape_tensor":false,"is_non_linear_format_io":false}],"batch_input":[],"batch_output":[],"optimization":{"priority":"PRIORITY_DEFAULT","input_pinned_memory":{"enable":true},"output_pinned_memory":{"enable":true},"gather_kernel_buffer_threshold":0,"eager_batching":false},"instance_group":[{"name":"simple_0","kind":"KIND_CPU","count":1,"gpus":[],"secondary_devices":[],"profile":[],"passive":false,"host_policy":""}],"default_model_filename":"model.py","cc_model_filenames":{},"metric_tags":{},"parameters":{},"model_warmup":[]}';
  const expected = RECORDED.replace(
    '"platform":"","backend":"python"',
    '"platform":"onnxruntime_onnx","backend":"onnxruntime"',
  ).replace('model.py', 'model.onnx');

  it('is what Triton prints, byte for byte, with a config.pbtxt and without its tensors', () => {
    const { config, model } = simple();
    const discovered = { name: 'simple', format: 'onnx' as const, path: '/m/1/model.onnx', folder: '/m', warnings: [] };
    assert.equal(JSON.stringify(tritonConfigJson({ ...discovered, triton: config }, model.metadata)), expected);
    const short = readTritonConfig('max_batch_size: 8');
    assert.equal(JSON.stringify(tritonConfigJson({ ...discovered, triton: short }, model.metadata)), expected);
  });

  it('prints what the file says, however deep', () => {
    const config = readTritonConfig(`parameters { key: "__proto__" value { string_value: "v" } }
      dynamic_batching { priority_queue_policy { key: 1 value { timeout_action: DELAY max_queue_size: 3 } } }`);
    const discovered = { name: 'm', format: 'onnx' as const, path: '/m', folder: '/m', warnings: [], triton: config };
    const json = JSON.stringify(tritonConfigJson(discovered, simple().model.metadata));
    assert.match(json, /"parameters":\{"__proto__":\{"string_value":"v"\}\}/);
    assert.match(
      json,
      /"priority_queue_policy":\{"1":\{"timeout_action":"DELAY","default_timeout_microseconds":0,"allow_timeout_override":false,"max_queue_size":3\}\}/,
    );
  });
});

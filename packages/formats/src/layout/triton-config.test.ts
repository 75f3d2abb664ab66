import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readTritonConfig } from './triton-config.ts';

describe('config.pbtxt', () => {
  it('gives names, types, shapes, policy and file', () => {
    const config = readTritonConfig(`
      name: "m"  platform: "onnxruntime_onnx"  max_batch_size: 8
      input [ { name: "a" data_type: TYPE_FP32 dims: [ -1, 4 ] reshape { shape: [ 4 ] } optional: true } ]
      output { name: "b" data_type: TYPE_STRING dims: 1 label_filename: "labels.txt" }
      version_policy { specific { versions: 2 versions: 4 } }
      default_model_filename: "net.onnx"
      instance_group { kind: KIND_CPU count: 2 }
      dynamic_batching { preferred_batch_size: [ 4, 8 ] }
      parameters { key: "k" value { string_value: "v" } }
    `);
    const { message, ...rest } = config;
    assert.deepEqual(rest, {
      name: 'm',
      platform: 'onnxruntime_onnx',
      maxBatchSize: 8,
      inputs: [{ name: 'a', datatype: 'FP32', dims: [-1, 4], reshape: [4], optional: true }],
      outputs: [{ name: 'b', datatype: 'BYTES', dims: [1], labelFilename: 'labels.txt' }],
      versionPolicy: { kind: 'specific', versions: [2, 4] },
      defaultModelFilename: 'net.onnx',
      controls: [],
      ignored: ['dynamic_batching', 'instance_group'],
    });
    assert.equal((message.get('parameters') as ReadonlyMap<string, unknown>).size, 1);
  });

  it('says which line has an unknown field, a wrong value or a repeated field', () => {
    for (const [text, message] of [
      [
        'max_batchsize: 8',
        /config\.pbtxt line 1: ModelConfig has no field "max_batchsize"; did you mean "max_batch_size"\?/,
      ],
      ['\ninput { names: "x" }', /line 2: ModelInput has no field "names"; did you mean "name"\?/],
      ['input { data_type: TYPE_FP322 }', /data_type can not be TYPE_FP322; did you mean "TYPE_FP32"\?/],
      ['max_batch_size: 99999999999', /out of int32's range/],
      ['max_batch_size: 1.5', /must be a whole number/],
      ['max_batch_size: -1', /must be 0 or more/],
      ['name: m', /must be text in quotes, e\.g\. "m"/],
      ['name: "a" name: "b"', /name stands twice/],
      ['input { data_type: TYPE_FP32 }', /an input has no name/],
      ['input { name: "a" }', /input "a" has no data_type/],
      ['input { name: "a" data_type: TYPE_FP32 dims: -2 }', /dimension below -1/],
      ['__proto__: 1', /no field "__proto__"/],
    ] as const) {
      assert.throws(() => readTritonConfig(text), { name: 'LoadError', reason: 'ModelLayout', message });
    }
  });

  it('refuses what is not served, by its name', () => {
    for (const [text, message] of [
      ['backend: "python"', /backend "python"/],
      ['platform: "tensorrt_plan"', /platform "tensorrt_plan"/],
      ['platform: "ensemble"', /ensemble/],
      ['ensemble_scheduling { step { model_name: "x" } }', /ensemble/],
      ['model_transaction_policy { decoupled: true }', /decoupled/],
    ] as const) {
      assert.throws(() => readTritonConfig(text), { reason: 'UnsupportedModel', message });
    }
  });

  it('takes enums by number and numbers in octal and hexadecimal', () => {
    const config = readTritonConfig('max_batch_size: 0x10 input { name: "a" data_type: 11 dims: [ 010 ] }');
    assert.equal(config.maxBatchSize, 16);
    assert.deepEqual(config.inputs, [{ name: 'a', datatype: 'FP32', dims: [8] }]);
  });

  it('knows the control inputs of a sequence', () => {
    const config = readTritonConfig(`sequence_batching {
      control_input [
        { name: "START" control [ { kind: CONTROL_SEQUENCE_START int32_false_true: [ 0, 1 ] } ] },
        { name: "CORRID" control [ { kind: CONTROL_SEQUENCE_CORRID data_type: TYPE_UINT64 } ] }
      ] }`);
    assert.deepEqual(config.controls, [
      { name: 'START', kind: 'START', datatype: 'INT32', falseTrue: [0, 1] },
      { name: 'CORRID', kind: 'CORRID', datatype: 'UINT64', falseTrue: [] },
    ]);
  });
});

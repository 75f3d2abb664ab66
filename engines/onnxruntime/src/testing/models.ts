import type { Tensor } from '@berth/inference';

/** `y = x + x` for FP32 [n], written by onnx.helper. */
export const ADD_MODEL: Uint8Array = Buffer.from(
  'CAkSADo0Cg4KAXgKAXgSAXkiA0FkZBIEdGVzdFoNCgF4EggKBggBEgIKAGINCgF5EggKBggBEgIKAEIECgAQEg==',
  'base64',
);

/** Doubles `x`, FP32 [2], `n` times in a Loop, written by onnx.helper. */
export const LOOP_MODEL: Uint8Array = Buffer.from(
  'CAkSADrWAQqSAQoBbgoDeWVzCgF4EgF5IgRMb29wKnwKBGJvZHkycQoQCgFjEgFkIghJZGVudGl0eQoOCgF2CgF2EgF3IgNB' +
    'ZGQSBGJvZHlaCwoBaRIGCgQIBxIAWgsKAWMSBgoECAkSAFoPCgF2EgoKCAgBEgQKAggCYgsKAWQSBgoECAkSAGIPCgF3EgoK' +
    'CAgBEgQKAggCoAEFEgR0ZXN0KgoQCSoBAUIDeWVzWg8KAXgSCgoICAESBAoCCAJaCwoBbhIGCgQIBxIAYg8KAXkSCgoICAES' +
    'BAoCCAJCBAoAEBI=',
  'base64',
);

/** Inputs for the loop: 1 and 2, to be doubled `count` times. */
export function loopInputs(count: bigint): Tensor[] {
  return [
    { name: 'x', datatype: 'FP32', shape: [2], data: new Float32Array([1, 2]) },
    { name: 'n', datatype: 'INT64', shape: [], data: new BigInt64Array([count]) },
  ];
}

/** A protobuf field of bytes. */
function field(number: number, ...parts: Uint8Array[]): Buffer {
  const bytes = Buffer.concat(parts);
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}

const text = (number: number, value: string) => field(number, Buffer.from(value));
const number = (number: number, value: number) => Buffer.concat([varint(number * 8), varint(value)]);

/** A TreeEnsembleRegressor that is one chain of `depth` nodes: onnxruntime follows it by recursion when it loads it. */
export function deepTree(depth: number): Uint8Array {
  const indexes = Array.from({ length: depth }, (_unused, index) => index);
  const integers = (name: string, values: readonly number[]) =>
    field(5, text(1, name), field(8, Buffer.concat(values.map(varint))), number(20, 7));
  const floats = (name: string, values: readonly number[]) =>
    field(5, text(1, name), field(7, Buffer.from(Float32Array.from(values).buffer)), number(20, 6));
  const zeros = indexes.map(() => 0);
  const modes = indexes.map((index) => text(9, index === depth - 1 ? 'LEAF' : 'BRANCH_LEQ'));
  const node = field(
    1,
    text(1, 'x'),
    text(2, 'y'),
    text(4, 'TreeEnsembleRegressor'),
    text(7, 'ai.onnx.ml'),
    field(5, text(1, 'n_targets'), number(3, 1), number(20, 2)),
    integers('nodes_treeids', zeros),
    integers('nodes_nodeids', indexes),
    integers('nodes_featureids', zeros),
    floats('nodes_values', zeros),
    field(5, text(1, 'nodes_modes'), Buffer.concat(modes), number(20, 8)),
    integers(
      'nodes_truenodeids',
      indexes.map((index) => (index === depth - 1 ? 0 : depth - 1)),
    ),
    integers(
      'nodes_falsenodeids',
      indexes.map((index) => (index === depth - 1 ? 0 : index + 1)),
    ),
    integers('target_treeids', [0]),
    integers('target_nodeids', [depth - 1]),
    integers('target_ids', [0]),
    floats('target_weights', [1]),
  );
  const value = (name: string) =>
    Buffer.concat([text(1, name), field(2, field(1, number(1, 1), field(2, field(1), field(1, number(1, 1)))))]);
  const graph = field(7, node, text(2, 'test'), field(11, value('x')), field(12, value('y')));
  return Buffer.concat([number(1, 9), graph, field(8, number(2, 18)), field(8, text(1, 'ai.onnx.ml'), number(2, 3))]);
}

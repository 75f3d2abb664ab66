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

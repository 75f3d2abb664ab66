import { type Datatype, invalidInput, type Tensor } from '@berth/inference';
import type { JsonValue } from '../../json/lossless.ts';
import { decodeData } from '../../json/tensor-data.ts';
import type { V1Target } from './request.ts';
import { isObject, type JsonObject } from './rows.ts';

/**
 * Decodes instances for a model of declared tensors (ONNX): a row is the value of the one input, or an object with a
 * value for each input by name. The rows of an input are stacked, and read as the datatype it declares.
 * @throws InferenceError INVALID_INPUT
 */
export function decodeInstanceTensors(instances: readonly JsonValue[], target: V1Target): Tensor[] {
  if (!isObject(instances[0])) {
    if (target.inputs.length !== 1) throw needsObjects(target);
    return [stack(instances, target.inputs[0])];
  }
  const names = Object.keys(instances[0]);
  return names.map((name) => {
    const values = instances.map((row, index) => {
      if (!isObject(row) || row[name] === undefined)
        throw invalidInput(`row ${index} has no value for input '${name}'`);
      return row[name];
    });
    return stack(values, inputOf(target, name));
  });
}

/** Decodes `inputs` of that kind: the value of the one input, or an object with a value for each. */
export function decodeInputTensors(inputs: JsonObject, target: V1Target): Tensor[] {
  return Object.keys(inputs).map((name) => {
    const value = inputs[name];
    return stack(Array.isArray(value) ? value : [value], inputOf(target, name));
  });
}

function inputOf(target: V1Target, name: string): V1Target['inputs'][number] {
  const input = target.inputs.find((each) => each.name === name);
  if (input === undefined) {
    const names = target.inputs.map((each) => each.name).join(', ');
    throw invalidInput(`the model has no input '${name.slice(0, 100)}'; its inputs are: ${names}`);
  }
  return input;
}

function needsObjects(target: V1Target) {
  const names = target.inputs.map((each) => `"${each.name}": …`).join(', ');
  return invalidInput(`the model has ${target.inputs.length} inputs: write each instance as an object, {${names}}`);
}

const RULES = { halfInJson: true, boolNumbers: true };

function stack(values: readonly JsonValue[], input: { name: string; datatype: Datatype }): Tensor {
  const { name, datatype } = input;
  const shape = shapeOf(values);
  const count = shape.reduce((product, dim) => product * dim, 1);
  return { name, datatype, shape, data: decodeData(values as JsonValue[], name, datatype, shape, count, RULES) };
}

function shapeOf(values: readonly JsonValue[]): number[] {
  const shape: number[] = [];
  for (let each: JsonValue | readonly JsonValue[] = values; Array.isArray(each); each = each[0])
    shape.push(each.length);
  return shape;
}

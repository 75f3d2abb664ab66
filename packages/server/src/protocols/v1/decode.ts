import { invalidInput, type Parameters, type ParameterValue } from '@berth/inference';
import type { JsonValue } from '../../json/lossless.ts';
import { readJson } from '../../json/read.ts';
import { OtherProtocol } from '../other-protocol.ts';
import { columnTensor } from './columns.ts';
import { decodeMatrix } from './matrix.ts';
import type { V1Request, V1Target } from './request.ts';
import { asRecords, columnNames, isObject, type JsonObject } from './rows.ts';
import { decodeInputTensors, decodeInstanceTensors } from './tensors.ts';

/** Columns that a table may have; XGBoost and scikit-learn models of text have tens of thousands, as one tensor. */
const MAX_COLUMNS = 100_000;

/** Parses a v1 body. @throws InferenceError INVALID_INPUT */
export function parseV1(body: Buffer): JsonValue {
  return readJson(body, 'refuse').value;
}

/**
 * Decodes a v1 predict request (KServe v1: `instances` row by row, or `inputs`) for the model that `target` describes.
 * @throws InferenceError INVALID_INPUT; its text names the row and the column.
 */
export function decodeV1(body: JsonValue, target: V1Target): V1Request {
  if (!isObject(body)) throw invalidInput('the body must be a JSON object: {"instances": [[…], …]}');
  const { instances, inputs } = body;
  if (instances !== undefined && inputs !== undefined)
    throw invalidInput('send either "instances" or "inputs", not both');
  if (instances === undefined && inputs === undefined) {
    throw invalidInput('the body has no "instances": a v1 request is {"instances": [[…], …]}, a list of rows');
  }
  const { outputs, parameters } = decodeParameters(body.parameters);
  const decoded =
    instances !== undefined
      ? decodeInstances(instances, 'instances', target)
      : decodeInputs(inputs as JsonValue, target);
  return { ...decoded, outputs, parameters };
}

type Decoded = Pick<V1Request, 'inputs' | 'layout'>;

function decodeInputs(inputs: JsonValue, target: V1Target): Decoded {
  if (!isObject(inputs)) {
    if (Array.isArray(inputs) && isV2Tensor(inputs[0])) {
      throw new OtherProtocol('the body has v2 tensors in "inputs"');
    }
    return decodeInstances(inputs, 'inputs', target);
  }
  if (target.table) return decodeInstances([inputs], 'inputs', target);
  return { inputs: decodeInputTensors(inputs, target), layout: 'tensors' };
}

function isV2Tensor(value: JsonValue | undefined): boolean {
  return isObject(value) && value.name !== undefined && (value.datatype !== undefined || value.shape !== undefined);
}

function decodeInstances(instances: JsonValue, field: string, target: V1Target): Decoded {
  if (!Array.isArray(instances)) throw invalidInput(`Expected "${field}" to be a list`);
  if (instances.length === 0) throw invalidInput(`"${field}" is an empty list: send at least one row`);
  if (!target.table) return { inputs: decodeInstanceTensors(instances, target), layout: 'tensors' };
  const records = asRecords(instances);
  if (records !== undefined) return decodeRecords(records);
  const name = target.inputs.length === 1 ? target.inputs[0].name : 'input-0';
  if (Array.isArray(instances[0])) return decodeMatrix(instances, name);
  return decodeFlat(instances, field, name, target);
}

function decodeRecords(records: readonly JsonObject[]): Decoded {
  const names = columnNames(records);
  if (names.length > MAX_COLUMNS) throw invalidInput(`the rows have more than ${MAX_COLUMNS} columns`);
  const inputs = names.map((name) => {
    // Own values only: a column may be called like something every object inherits.
    const values = records.map((record) => (Object.hasOwn(record, name) ? record[name] : undefined));
    return columnTensor(name, values, `column ${JSON.stringify(name.slice(0, 100))}`);
  });
  return { inputs, layout: 'columns' };
}

/** A list of texts is one document a row; a list of numbers is most often one row whose brackets were left out. */
function decodeFlat(instances: readonly JsonValue[], field: string, name: string, target: V1Target): Decoded {
  const tensor = columnTensor(name, instances, 'the value');
  const declared = target.inputs.length === 1 ? target.inputs[0].shape : [];
  if (tensor.datatype !== 'BYTES' && declared.length === 2) {
    const wanted = declared[1] > 0 ? `rows of ${declared[1]} numbers` : 'rows of numbers';
    const shown = JSON.stringify(instances.slice(0, 8).map(plain));
    const example = instances.length > 8 ? `${shown.slice(0, -1)}, …]` : shown;
    throw invalidInput(
      `the model wants ${wanted}, but "${field}" holds ${instances.length} numbers that are in no row; write it as a list of rows: {"${field}": [${example}]}`,
    );
  }
  return { inputs: [tensor], layout: 'tensors' };
}

function plain(value: JsonValue): JsonValue {
  return typeof value === 'bigint' ? Number(value) : value;
}

/** `parameters.output` names the output to answer with; the others go to the model. */
function decodeParameters(value: JsonValue | undefined): { outputs: string[]; parameters: Parameters | undefined } {
  if (value === undefined || value === null) return { outputs: [], parameters: undefined };
  if (!isObject(value)) throw invalidInput('"parameters" must be an object of names and values');
  const parameters = new Map<string, ParameterValue>();
  let outputs: string[] = [];
  for (const name of Object.keys(value)) {
    const each = value[name];
    if (name === 'output') outputs = outputNames(each);
    else if (
      typeof each === 'string' ||
      typeof each === 'number' ||
      typeof each === 'boolean' ||
      typeof each === 'bigint'
    ) {
      parameters.set(name, each);
    } else if (each !== null) {
      throw invalidInput(`parameter "${name.slice(0, 100)}" must be a string, a number, or true or false`);
    }
  }
  return { outputs, parameters: parameters.size === 0 ? undefined : parameters };
}

function outputNames(value: JsonValue): string[] {
  const names = Array.isArray(value) ? value : [value];
  if (!names.every((name) => typeof name === 'string')) {
    throw invalidInput(
      'parameter "output" must be the name of an output, for example "predict_proba", or a list of names',
    );
  }
  return names;
}

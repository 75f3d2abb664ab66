import type { BytesElement, InferResponse, Parameters, ParameterValue, Tensor } from '@berth/inference';
import { isTableModel } from '../../dataplane/table-model.ts';
import { findRequested, outputParameters, present } from '../v2/encode.ts';
import type { GrpcHabits } from './flavours.ts';
import type { PreparedInfer } from './infer.ts';
import { contentsField, type DataStyle, type InferResponseMessage } from './wire/infer-response.ts';

/** The answer's message: outputs under the names and shapes of REST, in the data style of the flavour. */
export function responseMessage(
  response: InferResponse,
  prepared: PreparedInfer,
  parameters: Parameters | undefined = response.parameters,
): InferResponseMessage {
  const { resolved, habits } = prepared;
  const outputs = presentOutputs(response, prepared);
  const mirrors =
    habits.outputs === 'mirror' || (habits.outputs === 'mirror-tables' && isTableModel(resolved.model.metadata));
  const style = habits.outputs === 'raw' || (mirrors && prepared.raw) ? 'raw' : styleOf(outputs);
  return {
    modelName: resolved.served.name,
    modelVersion: versionOf(resolved.version.version, habits),
    id: prepared.id,
    parameters,
    outputs: style === 'raw' && habits.sizeParameter ? outputs.map(withSize) : outputs,
    style,
    emptyContents: habits.emptyContents,
  };
}

/** `model_version` of answers and metadata. */
export function versionOf(version: string, habits: GrpcHabits): string {
  return version === '' ? (habits.rest.unnamedVersion ?? '') : version;
}

function presentOutputs(response: InferResponse, prepared: PreparedInfer): readonly Tensor[] {
  const { resolved, habits, requested } = prepared;
  const { metadata } = resolved.model;
  const table = isTableModel(metadata);
  // Without a table's habits or wishes of the request an output goes as the model made it.
  if (!table && requested.length === 0) return response.outputs;
  const answerer = { name: resolved.served.name, version: resolved.version.version, metadata, id: prepared.id };
  return response.outputs.map((output, index) => {
    const wish = findRequested(requested, output.name);
    const tensor = present(output, index, wish, answerer, habits.rest, table);
    const parameters = outputParameters(tensor, table, habits.rest);
    return parameters === undefined || parameters === tensor.parameters ? tensor : { ...tensor, parameters };
  });
}

/** FP16 and BF16 have no typed field; one of them makes all outputs raw, as the two ways do not mix. */
function styleOf(outputs: readonly Tensor[]): DataStyle {
  for (const output of outputs) if (contentsField(output.datatype) === undefined) return 'raw';
  return 'contents';
}

/** Bytes of a raw BYTES tensor: each element after its length in four bytes. */
function textsSize(elements: readonly BytesElement[]): number {
  let size = 0;
  for (const one of elements) size += 4 + (typeof one === 'string' ? Buffer.byteLength(one) : one.length);
  return size;
}

/** KServe's Python client reads raw outputs by this parameter. */
function withSize(output: Tensor): Tensor {
  const { data } = output;
  const parameters = new Map<string, ParameterValue>(output.parameters);
  parameters.set('binary_data_size', ArrayBuffer.isView(data) ? data.byteLength : textsSize(data as BytesElement[]));
  return { ...output, parameters };
}

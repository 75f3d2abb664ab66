import type { InferResponse, Parameters, ParameterValue, Tensor } from '@berth/inference';
import type { Resolved } from '../../dataplane/types.ts';
import type { GrpcHabits } from './flavours.ts';
import { contentsField, type DataStyle, type InferResponseMessage } from './wire/infer-response.ts';

/** The answer's message: names, version and data style as the flavour has them. */
export function responseMessage(
  response: InferResponse,
  request: { readonly id: string; readonly raw: boolean },
  resolved: Resolved,
  habits: GrpcHabits,
  parameters: Parameters | undefined = response.parameters,
): InferResponseMessage {
  const style = styleOf(response, request.raw, habits);
  return {
    modelName: resolved.served.name,
    modelVersion: versionOf(resolved.version.version, habits),
    id: request.id,
    parameters,
    outputs: style === 'raw' && habits.sizeParameter ? response.outputs.map(withSize) : response.outputs,
    style,
    emptyContents: habits.emptyContents,
  };
}

/** `model_version` of answers and metadata. */
export function versionOf(version: string, habits: GrpcHabits): string {
  if (habits.version === 'never') return '';
  return version === '' && habits.version === 'always' ? '1' : version;
}

/** FP16 and BF16 have no typed field; one of them makes all outputs raw, as the two ways do not mix. */
function styleOf(response: InferResponse, rawRequest: boolean, habits: GrpcHabits): DataStyle {
  if (habits.outputs === 'raw' || (habits.outputs === 'mirror' && rawRequest)) return 'raw';
  for (const output of response.outputs) if (contentsField(output.datatype) === undefined) return 'raw';
  return 'contents';
}

/** KServe's Python client reads raw outputs by this parameter. */
function withSize(output: Tensor): Tensor {
  if (!ArrayBuffer.isView(output.data)) return output;
  const parameters = new Map<string, ParameterValue>(output.parameters);
  parameters.set('binary_data_size', output.data.byteLength);
  return { ...output, parameters };
}

import { allocate, type InferRequest, invalidInput, type Tensor, type TensorData } from '@berth/inference';
import type { TritonControl } from './triton-config.ts';

/**
 * The tensor of a control input, filled from the request's `sequence_start`, `sequence_end` and `sequence_id` as Triton's
 * sequence batcher does: [batch, 1], or [1] without a batch dimension.
 * @throws InferenceError INVALID_INPUT for a sequence id of the wrong kind.
 */
export function controlTensor(control: TritonControl, request: InferRequest, batch: number | undefined): Tensor {
  const { name, datatype } = control;
  const shape = batch === undefined ? [1] : [batch, 1];
  const data = allocate(datatype, batch ?? 1) as unknown as { fill(value: unknown): TensorData };
  return { name, datatype, shape, data: data.fill(controlValue(control, request)) };
}

function controlValue(control: TritonControl, request: InferRequest): number | bigint | string {
  const { parameters } = request;
  if (control.kind === 'CORRID') return sequenceId(control, parameters?.get('sequence_id') ?? 0);
  const yes =
    control.kind === 'READY' || parameters?.get(control.kind === 'START' ? 'sequence_start' : 'sequence_end') === true;
  return control.falseTrue[yes ? 1 : 0] ?? (yes ? 1 : 0);
}

function sequenceId(control: TritonControl, id: string | number | bigint | boolean): number | bigint | string {
  if (control.datatype === 'BYTES') return String(id);
  if (typeof id !== 'number' && typeof id !== 'bigint') {
    throw invalidInput(`sequence_id must be a whole number for this model (its CORRID is ${control.datatype})`);
  }
  if (typeof id === 'number' && !Number.isInteger(id)) throw invalidInput('sequence_id must be a whole number');
  return control.datatype.endsWith('INT64') ? BigInt.asUintN(64, BigInt(id)) : Number(id);
}

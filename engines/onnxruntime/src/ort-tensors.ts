import type { Datatype, TensorData } from '@berth/inference';
import type { Tensor as OrtTensor, TypedTensor } from 'onnxruntime-node';
import type { TensorMessage } from './messages.ts';

const TO_ORT: ReadonlyMap<Datatype, OrtTensor.Type> = new Map([
  ['BOOL', 'bool'],
  ['UINT8', 'uint8'],
  ['UINT16', 'uint16'],
  ['UINT32', 'uint32'],
  ['UINT64', 'uint64'],
  ['INT8', 'int8'],
  ['INT16', 'int16'],
  ['INT32', 'int32'],
  ['INT64', 'int64'],
  ['FP16', 'float16'],
  ['FP32', 'float32'],
  ['FP64', 'float64'],
  ['BYTES', 'string'],
]);

const FROM_ORT: ReadonlyMap<OrtTensor.Type, Datatype> = new Map([...TO_ORT].map(([ours, theirs]) => [theirs, ours]));

/** The constructor of onnxruntime's tensors. */
export type TensorConstructor = new (
  type: OrtTensor.Type,
  data: unknown,
  dims: readonly number[],
) => TypedTensor<OrtTensor.Type>;

/** onnxruntime's tensor over the same elements. */
export function toOrt(Tensor: TensorConstructor, message: TensorMessage): OrtTensor {
  const type = TO_ORT.get(message.datatype);
  if (type === undefined) throw new TypeError(`input "${message.name}": ${message.datatype} can not be passed`);
  return new Tensor(type, message.data, message.shape);
}

/** Our tensor over the same elements. */
export function fromOrt(name: string, tensor: OrtTensor): TensorMessage {
  const datatype = FROM_ORT.get(tensor.type);
  if (datatype === undefined) throw new TypeError(`output "${name}" is of type ${tensor.type}, which can not be sent`);
  return { name, datatype, shape: [...tensor.dims], data: tensor.data as TensorData };
}

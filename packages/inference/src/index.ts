export {
  allocate,
  type BytesElement,
  DATATYPES,
  type Datatype,
  elementByteSize,
  isDatatype,
  type TensorData,
} from './datatype.ts';
export type { GraphEngine, GraphSession, GraphSessionOptions, GraphSource } from './engine.ts';
export { type ErrorCode, InferenceError, invalidInput, LoadError, type LoadFailureReason } from './errors.ts';
export type { InferRequest, InferResponse, InputLayout, Model, ModelMetadata, TensorSpec } from './model.ts';
export {
  bfloat16ToNumber,
  bytesToText,
  elementCount,
  halfToNumber,
  numberToBfloat16,
  numberToHalf,
  type Parameters,
  type ParameterValue,
  type Tensor,
} from './tensor.ts';

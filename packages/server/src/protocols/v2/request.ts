import type { Parameters, Tensor } from '@berth/inference';
import type { DataRules } from '../../json/tensor-data.ts';

/** One entry of a request's `outputs`. */
export interface RequestedOutput {
  /** The model's own name of the output. */
  readonly name: string;
  /** The name it was asked for by, where that is another. */
  readonly as?: string;
  /** `parameters.binary_data`; undefined follows the request's `binary_data_output`. */
  readonly binary?: boolean;
  /** `parameters.classification`: how many of the highest values to answer as text; 0 or undefined: the values. */
  readonly classification?: number;
}

/** A decoded v2 inference request: plain data, so that another thread can make it. */
export interface V2Request {
  readonly id: string | undefined;
  readonly inputs: readonly Tensor[];
  readonly layout: 'tensors' | 'columns';
  readonly outputs: readonly RequestedOutput[];
  readonly parameters: Parameters | undefined;
  /** `parameters.binary_data_output`: outputs that are not listed are answered in binary. */
  readonly binaryOutput: boolean;
  /** Whether the request had a NaN or Infinity literal, or asked for them with the parameter `nan_literals`. */
  readonly literals: boolean;
}

/** What encoding an answer needs to know of its request. */
export type V2EncodeRequest = Pick<V2Request, 'outputs' | 'binaryOutput' | 'literals'>;

/** The rules that decoding follows, from the flavour's table. */
export interface V2DecodeRules extends DataRules {
  readonly nestedParameters: 'refuse' | 'ignore';
  readonly reservedParameters?: string;
}

import type { Datatype, Parameters, Tensor } from '@berth/inference';

/** What decoding needs to know of the model: plain data, so that another thread can decode. */
export interface V1Target {
  /** A table model (scikit-learn, XGBoost, LightGBM) takes rows; others take tensors of their declared datatypes. */
  readonly table: boolean;
  readonly inputs: readonly { readonly name: string; readonly datatype: Datatype; readonly shape: readonly number[] }[];
}

/** A decoded v1 request. */
export interface V1Request {
  readonly inputs: readonly Tensor[];
  readonly layout: 'tensors' | 'columns' | 'positional';
  readonly outputs: readonly string[];
  readonly parameters: Parameters | undefined;
}

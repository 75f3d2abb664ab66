import type { Datatype } from '@berth/inference';

/** A tensor as `config.pbtxt` declares it: without the batch dimension where `maxBatchSize` is above 0. */
export interface TritonTensor {
  readonly name: string;
  readonly datatype: Datatype;
  readonly dims: readonly number[];
  /** `reshape.shape`: the shape the model itself takes, where it differs from what clients send. */
  readonly reshape?: readonly number[];
  /** `label_filename`, relative to the model's folder (outputs). */
  readonly labelFilename?: string;
  readonly optional?: boolean;
}

/** Which version folders are served: model_config.proto's `ModelVersionPolicy`. */
export type VersionPolicy =
  | { readonly kind: 'latest'; readonly count: number }
  | { readonly kind: 'all' }
  | { readonly kind: 'specific'; readonly versions: readonly number[] };

/** What a `config.pbtxt` says, as far as it is acted on. */
export interface TritonConfig {
  readonly name?: string;
  readonly platform?: string;
  readonly backend?: string;
  readonly maxBatchSize?: number;
  readonly versionPolicy?: VersionPolicy;
  readonly defaultModelFilename?: string;
  readonly inputs: readonly TritonTensor[];
  readonly outputs: readonly TritonTensor[];
  /** Fields that stand in the file and that nothing acts on. */
  readonly ignored: readonly string[];
}

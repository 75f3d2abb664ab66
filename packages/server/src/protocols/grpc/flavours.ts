import type { Flavour } from '@berth/formats';

/**
 * How the peers differ on the gRPC wire, as recorded from KServe 0.21, MLServer 1.7.1 and Triton 2.51. One row a peer;
 * the code reads this table and asks for no flavour by name.
 */
export interface GrpcHabits {
  /** `ServerMetadataResponse.name`. */
  readonly serverName: string;
  readonly extensions: readonly string[];
  /** Output tensors: always raw, always typed contents, or the way that the request's inputs came. */
  readonly outputs: 'raw' | 'contents' | 'mirror';
  /** Raw outputs have an empty `contents` beside them. */
  readonly emptyContents: boolean;
  /** Raw outputs carry their size as the parameter `binary_data_size`. */
  readonly sizeParameter: boolean;
  /** A request without an id gets one. */
  readonly makesIds: boolean;
  /** `model_version` in answers: never, where the model names versions, or always ("1" where it does not). */
  readonly version: 'never' | 'named' | 'always';
  /** A request's version: taken as it is, passed over, or refused unless it is a whole number. */
  readonly requestVersion: 'any' | 'ignored' | 'integer';
  /** ModelReady for an unknown model: an error, or OK with `ready: false`. */
  readonly unknownIsNotReady: boolean;
  /** ModelStatistics for an unknown model: NOT_FOUND, or INVALID_ARGUMENT. */
  readonly unknownStatistics: 'not-found' | 'invalid-argument';
  /** Contents beside raw inputs: an error, or passed over. */
  readonly refusesContentsBesideRaw: boolean;
  /** More raw buffers than inputs: an error, or passed over. */
  readonly refusesSurplusRaw: boolean;
  /** Parameters whose names start with `triton_` are reserved. */
  readonly reservesTritonParameters: boolean;
  /** Unloading an unknown model: OK, or NOT_FOUND. */
  readonly unloadsUnknown: boolean;
  /** Load and unload answer with the model's name and true. */
  readonly confirmsLoads: boolean;
  /** ModelStreamInfer answers with Triton's wrapper and goes on after errors; else with bare responses. */
  readonly wrapsStream: boolean;
  /** Answers of ModelInfer have MLServer's `ce-*` trailers. */
  readonly cloudEventTrailers: boolean;
}

const KSERVE: GrpcHabits = {
  serverName: 'kserve',
  extensions: ['model_repository_extension'],
  outputs: 'contents',
  emptyContents: false,
  sizeParameter: true,
  makesIds: true,
  version: 'never',
  requestVersion: 'ignored',
  unknownIsNotReady: false,
  unknownStatistics: 'not-found',
  refusesContentsBesideRaw: true,
  refusesSurplusRaw: true,
  reservesTritonParameters: false,
  unloadsUnknown: false,
  confirmsLoads: true,
  wrapsStream: true,
  cloudEventTrailers: false,
};

const MLSERVER: GrpcHabits = {
  serverName: 'mlserver',
  extensions: [],
  outputs: 'mirror',
  emptyContents: true,
  sizeParameter: false,
  makesIds: false,
  version: 'named',
  requestVersion: 'any',
  unknownIsNotReady: false,
  unknownStatistics: 'not-found',
  refusesContentsBesideRaw: false,
  refusesSurplusRaw: true,
  reservesTritonParameters: false,
  unloadsUnknown: false,
  confirmsLoads: false,
  wrapsStream: false,
  cloudEventTrailers: true,
};

const TRITON: GrpcHabits = {
  serverName: 'triton',
  extensions: [
    'classification',
    'model_repository',
    'model_configuration',
    'binary_tensor_data',
    'parameters',
    'statistics',
  ],
  outputs: 'raw',
  emptyContents: false,
  sizeParameter: false,
  makesIds: false,
  version: 'always',
  requestVersion: 'integer',
  unknownIsNotReady: true,
  unknownStatistics: 'invalid-argument',
  refusesContentsBesideRaw: true,
  refusesSurplusRaw: false,
  reservesTritonParameters: true,
  unloadsUnknown: true,
  confirmsLoads: false,
  wrapsStream: true,
  cloudEventTrailers: false,
};

const HABITS: ReadonlyMap<Flavour, GrpcHabits> = new Map([
  ['kserve', KSERVE],
  ['mlserver', MLSERVER],
  ['triton', TRITON],
]);

/** The habits of a flavour; those without a gRPC v2 of their own follow KServe. */
export function habitsOf(flavour: Flavour): GrpcHabits {
  return HABITS.get(flavour) ?? KSERVE;
}

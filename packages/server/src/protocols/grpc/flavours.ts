import type { Flavour } from '@berth/formats';
import { type V2Flavour, v2Flavour } from '../v2/flavours.ts';

/**
 * How the peers differ on the gRPC wire beyond what their REST differs in, as recorded from KServe 0.21, MLServer 1.7.1
 * and Triton 2.51. One row a peer; the code reads this table and asks for no flavour by name.
 */
export interface GrpcHabits {
  /** What REST and gRPC have in common: names, extensions, outputs' names and shapes. */
  readonly rest: V2Flavour;
  /**
   * Output tensors: always raw, always typed contents, or the way that the request's inputs came; with `mirror-tables`
   * that way from KServe's own servers for tables (kserve/utils/utils.py, `get_predict_response`), typed from others.
   */
  readonly outputs: 'raw' | 'contents' | 'mirror' | 'mirror-tables';
  /** Raw outputs have an empty `contents` beside them. */
  readonly emptyContents: boolean;
  /** Raw outputs carry their size as the parameter `binary_data_size`. */
  readonly sizeParameter: boolean;
  /** A request without an id gets one (MLServer makes one over REST only). */
  readonly makesIds: boolean;
  /**
   * A request's version: taken as it is, passed over where the model names none, or refused unless it is a whole number.
   */
  readonly requestVersion: 'any' | 'lenient' | 'integer';
  /** ModelReady for an unknown model: an error, or OK with `ready: false`. */
  readonly unknownIsNotReady: boolean;
  /** Contents beside raw inputs: passed over, or an error in which this stands before the input's name. */
  readonly contentsBesideRaw: 'ignore' | '' | 'input ';
  /** More raw buffers than inputs: an error, or passed over. */
  readonly refusesSurplusRaw: boolean;
  /** ModelStreamInfer answers with Triton's wrapper and goes on after errors; else with bare responses. */
  readonly wrapsStream: boolean;
}

const KSERVE: GrpcHabits = {
  rest: v2Flavour('kserve'),
  outputs: 'mirror-tables',
  emptyContents: false,
  sizeParameter: true,
  makesIds: true,
  requestVersion: 'lenient',
  unknownIsNotReady: false,
  contentsBesideRaw: 'input ',
  refusesSurplusRaw: true,
  wrapsStream: true,
};

const MLSERVER: GrpcHabits = {
  rest: v2Flavour('mlserver'),
  outputs: 'mirror',
  emptyContents: true,
  sizeParameter: false,
  makesIds: false,
  requestVersion: 'any',
  unknownIsNotReady: false,
  contentsBesideRaw: 'ignore',
  refusesSurplusRaw: true,
  wrapsStream: false,
};

const TRITON: GrpcHabits = {
  rest: v2Flavour('triton'),
  outputs: 'raw',
  emptyContents: false,
  sizeParameter: false,
  makesIds: false,
  requestVersion: 'integer',
  unknownIsNotReady: true,
  contentsBesideRaw: '',
  refusesSurplusRaw: false,
  wrapsStream: true,
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

import type { Flavour } from '@berth/formats';
import { type FloatWriter, writePythonFloat, writeTritonFloat } from '../../json/numbers.ts';

/** How one peer's v2 REST differs from another's. The code asks this table; nothing else in this folder names a flavour. */
export interface V2Flavour {
  readonly serverName: string;
  readonly serverVersion: string;
  readonly extensions: readonly string[];
  /** Bodies of `/v2/health/live`, `/v2/health/ready` and `/v2/models/{m}/ready`: an object or nothing. */
  readonly healthBody: boolean;
  /** Content-Type of a health answer without a body; "" for none. */
  readonly healthType: string;
  /** Status of a server or a model that is not ready. */
  readonly notReadyStatus: number;
  /** Status and text of `/v2/models/{m}/ready` for a name that is unknown; undefined: the usual 404. */
  readonly unknownReady?: { readonly status: number; readonly error: string };
  /** Status of the statistics of a name that is unknown. */
  readonly unknownStatisticsStatus: 400 | 404;
  /** Status of an unload of a name that is unknown: 200 or 404. */
  readonly unknownUnloadStatus: 200 | 404;
  /** Status of a load of a name that is unknown. */
  readonly unknownLoadStatus: number;
  /** Whether load and unload answer `{"name":…,"load":true}` or nothing. */
  readonly controlBody: boolean;
  /** Where `id` stands in an answer, and whether one is made when the request has none. */
  readonly idFirst: boolean;
  readonly makesId: boolean;
  /** Optional fields without a value: written as null, as an empty object, or left out. */
  readonly optional: 'null' | 'empty' | 'absent';
  /** An output's fields in order. */
  readonly outputOrder: 'shape-datatype' | 'datatype-shape';
  /** What a model whose version has no name says its version is. */
  readonly unnamedVersion: string | undefined;
  /** Names of the outputs that a request did not ask for by name: the model's own or `output-0`, `output-1`, …. */
  readonly outputNames: 'own' | 'numbered';
  /** Whether a one-dimensional output of a table model is answered as a column, [n, 1], with `content_type: np`. */
  readonly columnOutputs: boolean;
  /** Whether FP16 and BF16 data may come as JSON numbers; else the binary extension must carry them. */
  readonly halfInJson: boolean;
  /** Whether 0 and 1 are taken for BOOL. */
  readonly boolNumbers: boolean;
  /** Parameters that are objects or lists: refused, or left out. */
  readonly nestedParameters: 'refuse' | 'ignore';
  /** Prefix of parameter names that are the server's own. */
  readonly reservedParameters?: string;
  readonly floats: FloatWriter;
  /** Whether NaN and Infinity are written as literals to a request that had one. */
  readonly literalsOut: boolean;
  /** Whether CloudEvents headers go out with every inference answer. */
  readonly eventHeaders: boolean;
  /** Bytes from which an answer is compressed for a client that accepts it; undefined: never. */
  readonly compressFrom?: number;
  /** What the repository index shows for `reason` where there is none, and for the version of an unnamed one. */
  readonly indexReason: 'always' | 'if-any';
  /** Whether a metadata answer lists `versions` as null, [] or the unnamed version's stand-in. */
  readonly noVersions: 'null' | '[]';
  /** The field of a metadata answer that carries columns and classes, and whether it is there without any. */
  readonly factsField: 'parameters' | 'properties' | 'none';
  readonly factsAlways: boolean;
}

const KSERVE: V2Flavour = {
  serverName: 'kserve',
  serverVersion: '0.21.0',
  extensions: ['model_repository_extension'],
  healthBody: true,
  healthType: 'application/json',
  notReadyStatus: 503,
  unknownStatisticsStatus: 404,
  unknownUnloadStatus: 404,
  unknownLoadStatus: 503,
  controlBody: true,
  idFirst: false,
  makesId: true,
  optional: 'null',
  outputOrder: 'shape-datatype',
  unnamedVersion: undefined,
  outputNames: 'numbered',
  columnOutputs: false,
  halfInJson: false,
  boolNumbers: true,
  nestedParameters: 'refuse',
  floats: writePythonFloat,
  literalsOut: false,
  eventHeaders: false,
  indexReason: 'if-any',
  noVersions: 'null',
  factsField: 'properties',
  factsAlways: false,
};

const MLSERVER: V2Flavour = {
  serverName: 'mlserver',
  serverVersion: '1.7.1',
  extensions: [],
  healthBody: false,
  healthType: '',
  notReadyStatus: 400,
  unknownStatisticsStatus: 404,
  unknownUnloadStatus: 404,
  unknownLoadStatus: 404,
  controlBody: false,
  idFirst: false,
  makesId: true,
  optional: 'empty',
  outputOrder: 'shape-datatype',
  unnamedVersion: undefined,
  outputNames: 'own',
  columnOutputs: true,
  halfInJson: true,
  boolNumbers: true,
  nestedParameters: 'ignore',
  floats: writePythonFloat,
  literalsOut: false,
  eventHeaders: true,
  compressFrom: 500,
  indexReason: 'always',
  noVersions: '[]',
  factsField: 'parameters',
  factsAlways: true,
};

const TRITON: V2Flavour = {
  serverName: 'triton',
  serverVersion: '2.51.0',
  extensions: [
    'classification',
    'model_repository',
    'model_configuration',
    'binary_tensor_data',
    'parameters',
    'statistics',
  ],
  healthBody: false,
  healthType: 'text/plain',
  notReadyStatus: 400,
  unknownReady: { status: 400, error: 'Model version not ready' },
  unknownStatisticsStatus: 400,
  unknownUnloadStatus: 200,
  unknownLoadStatus: 400,
  controlBody: false,
  idFirst: true,
  makesId: false,
  optional: 'absent',
  outputOrder: 'datatype-shape',
  unnamedVersion: '1',
  outputNames: 'own',
  columnOutputs: false,
  halfInJson: false,
  boolNumbers: false,
  nestedParameters: 'refuse',
  reservedParameters: 'triton_',
  floats: writeTritonFloat,
  literalsOut: true,
  eventHeaders: false,
  compressFrom: 0,
  indexReason: 'if-any',
  noVersions: '[]',
  factsField: 'none',
  factsAlways: false,
};

const FLAVOURS: ReadonlyMap<Flavour, V2Flavour> = new Map([
  ['kserve', KSERVE],
  ['mlserver', MLSERVER],
  ['triton', TRITON],
]);

/** The row of `flavour`; those without v2 habits of their own follow KServe's. */
export function v2Flavour(flavour: Flavour): V2Flavour {
  return FLAVOURS.get(flavour) ?? KSERVE;
}

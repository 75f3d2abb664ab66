import type { ServingRuntime } from '../serving-runtime/types.ts';

/** Which peer's habits the served model shows; the same names as the formats package's flavours. */
export type RuntimeFlavour = 'kserve' | 'mlserver' | 'triton' | 'tensorflow' | 'torchserve';

/** How Berth runs what a runtime's image would: the flavour, and the model formats it evaluates itself. */
export interface Engine {
  readonly flavour: RuntimeFlavour;
  readonly formats: readonly string[];
}

const TABULAR = ['sklearn', 'xgboost', 'lightgbm'];

/** Engines by the runtime's annotation serving.kserve.io/server-type. */
const BY_SERVER_TYPE: ReadonlyMap<string, Engine> = new Map([
  ['sklearnserver', { flavour: 'kserve', formats: ['sklearn'] }],
  ['xgbserver', { flavour: 'kserve', formats: ['xgboost'] }],
  ['lgbserver', { flavour: 'kserve', formats: ['lightgbm'] }],
  ['lightgbmserver', { flavour: 'kserve', formats: ['lightgbm'] }],
  ['predictiveserver', { flavour: 'kserve', formats: TABULAR }],
  ['mlserver', { flavour: 'mlserver', formats: TABULAR }],
  ['tritonserver', { flavour: 'triton', formats: ['onnx', 'triton'] }],
  ['pmmlserver', { flavour: 'kserve', formats: [] }],
  ['paddleserver', { flavour: 'kserve', formats: [] }],
  ['autogluonserver', { flavour: 'kserve', formats: [] }],
  ['huggingfaceserver', { flavour: 'kserve', formats: [] }],
  ['vllmserver', { flavour: 'kserve', formats: [] }],
  ['tensorflow-serving', { flavour: 'tensorflow', formats: [] }],
  ['torchserve', { flavour: 'torchserve', formats: [] }],
]);

/** Server types by the name of an image, for runtimes without the annotation. */
const BY_IMAGE: readonly (readonly [RegExp, string])[] = [
  [/(^|\/)sklearnserver([:@]|$)/, 'sklearnserver'],
  [/(^|\/)xgbserver([:@]|$)/, 'xgbserver'],
  [/(^|\/)lgbserver([:@]|$)/, 'lgbserver'],
  [/(^|\/)lightgbmserver([:@]|$)/, 'lgbserver'],
  [/(^|\/)predictiveserver([:@]|$)/, 'predictiveserver'],
  [/(^|\/)mlserver([:@]|$)/, 'mlserver'],
  [/(^|\/)tritonserver([:@]|$)/, 'tritonserver'],
];

/** What a runtime is called by KServe when it has no annotation (constants.GetServerTypeFromRuntimeName). */
const BY_NAME: ReadonlyMap<string, string> = new Map([
  ['kserve-mlserver', 'mlserver'],
  ['kserve-torchserve', 'torchserve'],
  ['kserve-tritonserver', 'tritonserver'],
  ['kserve-tensorflow-serving', 'tensorflow-serving'],
  ['kserve-huggingfaceserver', 'huggingfaceserver'],
  ['kserve-vllmserver', 'vllmserver'],
]);

/** The server type of a runtime: its annotation, else its well-known name, else its image; undefined where none tells. */
export function serverTypeOf(runtime: ServingRuntime): string | undefined {
  const annotations = new Map(Object.entries(runtime.metadata.annotations ?? {}));
  const declared = annotations.get('serving.kserve.io/server-type') ?? BY_NAME.get(runtime.metadata.name);
  if (declared !== undefined) return declared;
  const image = runtime.spec.containers.find((one) => one.name === 'kserve-container')?.image ?? '';
  return serverTypeOfImage(image);
}

/** The server type of a peer's image, whatever its registry and tag; undefined for any other image. */
export function serverTypeOfImage(image: string): string | undefined {
  return BY_IMAGE.find(([pattern]) => pattern.test(image.slice(0, 500)))?.[1];
}

/** The engine for a server type. */
export function engineOf(serverType: string): Engine | undefined {
  return BY_SERVER_TYPE.get(serverType);
}

/** For a runtime of unknown make that serves a format which Berth evaluates itself. */
export function engineForFormat(format: string): Engine | undefined {
  if (TABULAR.includes(format)) return { flavour: 'kserve', formats: TABULAR };
  if (format === 'onnx') return { flavour: 'triton', formats: ['onnx'] };
  return undefined;
}

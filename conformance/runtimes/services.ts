/** The services that the part `runtimes` starts: each built-in runtime with each model format that Berth evaluates behind it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BUILT_IN_RUNTIMES, engineOf, type RuntimeFlavour, type ServingRuntime, serverTypeOf } from '@berth/api';
import type { Question } from './witness.ts';

const EXAMPLES = join(import.meta.dirname, '..', '..', 'examples');

/** A service to start and ask. */
export interface Service {
  readonly runtime: string;
  readonly format: string;
  readonly flavour: RuntimeFlavour;
  /** The folder of examples/ whose model is served. */
  readonly example: string;
}

/** One service for each runtime and format, in the order of the built-in runtimes. */
export function services(): Service[] {
  return BUILT_IN_RUNTIMES.flatMap((runtime) =>
    nativeFormats(runtime).map(({ format, flavour }) => ({
      runtime: runtime.metadata.name,
      format,
      flavour,
      example: exampleOf(format, flavour),
    })),
  );
}

function nativeFormats(runtime: ServingRuntime): { format: string; flavour: RuntimeFlavour }[] {
  const engine = engineOf(serverTypeOf(runtime) ?? '');
  if (engine === undefined) return [];
  const declared = new Set((runtime.spec.supportedModelFormats ?? []).map(({ name }) => name));
  return engine.formats.filter((format) => declared.has(format)).map((format) => ({ format, flavour: engine.flavour }));
}

/** MLServer's servers are asked for the models of the v2 examples where there are some: the XGBoost one is a classifier's. */
function exampleOf(format: string, flavour: RuntimeFlavour): string {
  if (flavour === 'triton') return 'onnx-iris';
  return flavour === 'mlserver' && format !== 'lightgbm' ? `${format}-iris-v2` : `${format}-iris`;
}

/** The InferenceService that names the runtime, as text. */
export function manifestOf({ runtime, format, example }: Service): string {
  const protocolVersion = BUILT_IN_RUNTIMES.find(({ metadata }) => metadata.name === runtime)?.spec
    .protocolVersions?.[0];
  const storageUri = `file://${join(EXAMPLES, example, 'model')}`;
  return JSON.stringify({
    apiVersion: 'serving.kserve.io/v1beta1',
    kind: 'InferenceService',
    metadata: { name: 'asked' },
    spec: { predictor: { model: { modelFormat: { name: format }, runtime, protocolVersion, storageUri } } },
  });
}

/** The question to a service and the answer that its example expects. */
export function questionOf({ flavour, example }: Service): Question {
  const answer = JSON.parse(readFileSync(join(EXAMPLES, example, 'expected.json'), 'utf8')) as {
    predictions?: unknown;
    outputs?: readonly { readonly data: unknown }[];
  };
  // A Triton repository names its own models.
  const names =
    flavour === 'triton'
      ? { model: 'iris', input: 'X', output: 'output_label' }
      : { model: 'asked', input: 'input-0', output: 'predict' };
  const rows = [
    [6.8, 2.8, 4.8, 1.4],
    [6.0, 3.4, 4.5, 1.6],
  ];
  return { ...names, rows, expected: answer.predictions ?? answer.outputs?.[0]?.data };
}

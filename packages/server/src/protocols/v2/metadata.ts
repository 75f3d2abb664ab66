import type { ModelMetadata, TensorSpec } from '@berth/inference';
import { isTableModel } from '../../dataplane/table-model.ts';
import type { ServedModel } from '../../dataplane/types.ts';
import type { V2Flavour } from './flavours.ts';

/** The answer to `GET /v2`. */
export function serverMetadata(flavour: V2Flavour): string {
  const { serverName: name, serverVersion: version, extensions } = flavour;
  return JSON.stringify({ name, version, extensions });
}

/** The answer to `GET /v2/models/{m}`; `metadata` is that of the version asked for. */
export function modelMetadata(served: ServedModel, metadata: ModelMetadata, flavour: V2Flavour): string {
  const { platform, declaredPlatform, inputs } = metadata;
  const facts = tableFacts(metadata);
  return JSON.stringify({
    name: served.name,
    versions: versionsOf(served, flavour),
    platform: declaredPlatform ?? platform,
    inputs: inputs.map(tensorOf),
    outputs: presentedOutputs(metadata, flavour).map(tensorOf),
    ...(showsFacts(flavour, facts) ? { [flavour.factsField]: facts } : {}),
  });
}

/** The outputs in the shapes in which this flavour answers them. */
export function presentedOutputs(metadata: ModelMetadata, { columnOutputs }: V2Flavour): readonly TensorSpec[] {
  const { outputs } = metadata;
  if (!columnOutputs || !isTableModel(metadata)) return outputs;
  return outputs.map((spec) => (spec.shape.length === 1 ? { ...spec, shape: [spec.shape[0], 1] } : spec));
}

function showsFacts({ factsField, factsAlways }: V2Flavour, facts: object): boolean {
  return factsField !== 'none' && (factsAlways || Object.keys(facts).length > 0);
}

function versionsOf(served: ServedModel, flavour: V2Flavour): string[] | null {
  const ready = served.versions.filter((each) => each.state === 'READY');
  const named = ready.map((each) => (each.version === '' ? flavour.unnamedVersion : each.version));
  const versions = named.filter((each) => each !== undefined);
  return versions.length === 0 && flavour.noVersions === 'null' ? null : versions;
}

function tensorOf({ name, datatype, shape }: TensorSpec) {
  return { name, datatype, shape };
}

/** What a client needs to write a table and to read the answer, and the protocol has no field for. */
function tableFacts({ columns, classes }: ModelMetadata): Record<string, string> {
  return {
    ...(columns === undefined ? {} : { columns: JSON.stringify(columns) }),
    ...(classes === undefined ? {} : { classes: JSON.stringify(classes) }),
  };
}

/** All facts, as text by name: `properties` of the Open Inference Protocol's gRPC metadata. */
export function factsOf(metadata: ModelMetadata): Record<string, string> {
  return { ...Object.fromEntries(metadata.properties), ...tableFacts(metadata) };
}

import type { ModelSpec, ProtocolVersion } from '../inference-service/types.ts';
import type { ServingRuntime } from './types.ts';

/** What a runtime has to fulfil. */
export interface Requirements {
  readonly model: ModelSpec;
  readonly protocol: ProtocolVersion | undefined;
  /** The service names the runtime: autoSelect does not count then. */
  readonly isNamed: boolean;
  /** Undefined where it does not matter. */
  readonly isMultiNode: boolean | undefined;
}

/** Why a runtime can not serve the model, in words; undefined where it can. */
export function whyUnsuitable(runtime: ServingRuntime, requirements: Requirements): string | undefined {
  const { model, protocol, isNamed, isMultiNode } = requirements;
  const { spec } = runtime;
  if (spec.disabled === true) return 'it is disabled';
  if (!isNamed && spec.multiModel === true) return 'it is for multi-model serving';
  const formatProblem = formatMismatch(runtime, model, isNamed);
  if (formatProblem !== undefined) return formatProblem;
  const protocols = spec.protocolVersions ?? [];
  if (protocol !== undefined && protocols.length > 0 && !protocols.includes(protocol)) {
    return `it speaks ${protocols.join(', ')}, not ${protocol}`;
  }
  const hasWorkers = spec.workerSpec !== undefined && spec.workerSpec !== null;
  if (isMultiNode !== undefined && hasWorkers !== isMultiNode) {
    return hasWorkers ? 'it is for several nodes (workerSpec)' : 'it is for one node, and the service has a workerSpec';
  }
  return undefined;
}

function formatMismatch(runtime: ServingRuntime, model: ModelSpec, isNamed: boolean): string | undefined {
  const { name, version } = model.modelFormat;
  const formats = runtime.spec.supportedModelFormats ?? [];
  const ofName = formats.filter((one) => one.name === name);
  if (ofName.length === 0) {
    const otherCase = formats.find((one) => one.name.toLowerCase() === name.toLowerCase());
    const hint = otherCase === undefined ? '' : ` (it serves ${otherCase.name}: case matters)`;
    return `it does not serve ${name}${hint}`;
  }
  const eligible = isNamed ? ofName : ofName.filter((one) => one.autoSelect === true);
  if (eligible.length === 0) return `it serves ${name} only when it is named (no autoSelect)`;
  if (version === undefined || version === null || eligible.some((one) => one.version === version)) return undefined;
  const versions = eligible.map((one) => one.version ?? 'any').join(', ');
  return `it serves ${name} version ${versions}, not ${version}`;
}

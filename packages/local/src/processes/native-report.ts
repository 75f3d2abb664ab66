import type { Address } from '@berth/api';
import type { ReplicaFailure, ReplicaModel } from '@berth/control';
import { type ProbeResult, probeHttp } from '../probes/run-probe.ts';

/** What Berth's own server says of itself at `/_berth/replica`. */
interface Report {
  readonly ready: boolean;
  readonly settled: boolean;
  readonly models: readonly ReplicaModel[];
}

/** A report as the substrate acts on it. */
export interface NativeState {
  readonly models: readonly ReplicaModel[];
  /** Set where a model can not be served. */
  readonly failure?: ReplicaFailure;
}

/** Reasons that no second try with the same bytes can change. */
const FINAL: ReadonlySet<string> = new Set([
  'CorruptModel',
  'UnsafeModel',
  'UnsupportedModel',
  'ModelLayout',
  'LimitExceeded',
  'WarmupFailed',
  'EngineMissing',
]);

const REPORT = { path: '/_berth/replica', headers: [], isHttps: false, host: undefined } as const;

/** Asks a native replica how it is; well where it is ready. */
export async function probeNative(
  address: Address,
  timeoutMs: number,
  isMultiModel: boolean,
  onState: (state: NativeState) => void,
): Promise<ProbeResult> {
  const result = await probeHttp(REPORT, address, timeoutMs);
  if (!result.isOk) return result;
  const report = parse(result.body ?? '');
  if (report === undefined) return { isOk: false, message: 'the server gives no report of its models' };
  const broken =
    isMultiModel || !report.settled ? undefined : report.models.find(({ state }) => state === 'UNAVAILABLE');
  onState({
    models: report.models,
    ...(broken === undefined ? {} : { failure: failureOf(broken, report.models.length > 1) }),
  });
  if (broken === undefined && (isMultiModel ? report.settled : report.ready)) return { isOk: true };
  return { isOk: false, message: broken?.message ?? 'the model is being loaded' };
}

function failureOf(model: ReplicaModel, isOneOfMany: boolean): ReplicaFailure {
  const reason = model.reason ?? 'ModelLoadFailed';
  const message = model.message ?? 'the model could not be loaded';
  return {
    reason,
    kserveReason: 'ModelLoadFailed',
    message: isOneOfMany ? `${model.name}: ${message}` : message,
    logTail: [],
    isFinal: FINAL.has(reason),
  };
}

function parse(text: string): Report | undefined {
  try {
    const report = JSON.parse(text) as Report;
    return Array.isArray(report.models) ? report : undefined;
  } catch {
    return undefined;
  }
}

import type { Address } from '@berth/api';
import type { Workload } from '@berth/control';
import { type ProbeSpec, readProbe } from '../probes/probe-spec.ts';
import { type ProbeResult, type ProbeTarget, probeHttp, probeTcp, runProbe } from '../probes/run-probe.ts';
import { type NativeState, probeNative } from './native-report.ts';

/** A probe and how it is run. */
export interface RunnableProbe {
  readonly spec: ProbeSpec;
  readonly run: () => Promise<ProbeResult>;
}

/** The probes of a replica; those that are not there are not run. */
export interface ReplicaProbes {
  readonly startup?: RunnableProbe;
  readonly readiness: RunnableProbe;
  readonly liveness?: RunnableProbe;
}

const OWN_ACTION = { kind: 'tcpSocket', port: undefined } as const;
/** Our own server is asked every two seconds once it is ready. */
const NATIVE_READINESS: ProbeSpec = {
  action: OWN_ACTION,
  initialDelayMs: 0,
  periodMs: 2_000,
  timeoutMs: 5_000,
  successThreshold: 1,
  failureThreshold: 3,
};
/** A request may take the thread for seconds; half a minute without a word is a hang. */
const NATIVE_LIVENESS: ProbeSpec = {
  action: OWN_ACTION,
  initialDelayMs: 10_000,
  periodMs: 10_000,
  timeoutMs: 10_000,
  successThreshold: 1,
  failureThreshold: 3,
};
/** Liveness probes that a start may take: five minutes. On a machine that is out of memory or disk a start takes a minute. */
const START_PROBES = 30;
/** Where a container has no readiness probe. */
const COMMAND_READINESS: ProbeSpec = {
  action: OWN_ACTION,
  initialDelayMs: 0,
  periodMs: 10_000,
  timeoutMs: 2_000,
  successThreshold: 1,
  failureThreshold: 3,
};

/** The probes of Berth's own server; `show` is called before each question until its socket is there. */
export function nativeProbes(
  address: Address,
  isMultiModel: boolean,
  onState: (state: NativeState) => void,
  show: () => void,
): ReplicaProbes {
  const live = { path: '/v2/health/live', headers: [], isHttps: false, host: undefined };
  return {
    readiness: {
      spec: NATIVE_READINESS,
      run: () => {
        show();
        return probeNative(address, NATIVE_READINESS.timeoutMs, isMultiModel, onState);
      },
    },
    liveness: {
      spec: NATIVE_LIVENESS,
      run: sinceStart(() => probeHttp(live, address, NATIVE_LIVENESS.timeoutMs)),
    },
  };
}

/** Counts no failure before the first success, for as long as a start may take: to end who starts slowly makes it slower. */
function sinceStart(run: () => Promise<ProbeResult>): () => Promise<ProbeResult> {
  let left = START_PROBES;
  return async () => {
    const result = await run();
    if (result.isOk) left = 0;
    else if (left-- > 0) return { isOk: true };
    else left = 0;
    return result;
  };
}

/** The probes that a container declares; without a readiness probe, one that connects and asks. */
export function containerProbes(workload: Workload, address: Address, target: ProbeTarget): ReplicaProbes {
  const probe = (spec: ProbeSpec | undefined): RunnableProbe | undefined =>
    spec === undefined ? undefined : { spec, run: () => runProbe(spec.action, target, spec.timeoutMs) };
  const startup = probe(readProbe(workload.probes.startup));
  const liveness = probe(readProbe(workload.probes.liveness));
  return {
    ...(startup === undefined ? {} : { startup }),
    readiness: probe(readProbe(workload.probes.readiness)) ?? {
      spec: COMMAND_READINESS,
      run: () => probeUnknown(address, COMMAND_READINESS.timeoutMs),
    },
    ...(liveness === undefined ? {} : { liveness }),
  };
}

const V2_READY = { path: '/v2/health/ready', headers: [], isHttps: false, host: undefined } as const;

/**
 * A server of which nothing is known: it has to take connections, and where it knows the v2 protocol's readiness, that
 * has to be well.
 */
async function probeUnknown(address: Address, timeoutMs: number): Promise<ProbeResult> {
  const connected = await probeTcp(address, timeoutMs);
  if (!connected.isOk) return connected;
  const asked = await probeHttp(V2_READY, address, timeoutMs);
  // 503 is a server that says that it is not ready; any other refusal is one that does not know the question.
  if (!asked.isOk && asked.status === 503) return asked;
  return { isOk: true };
}

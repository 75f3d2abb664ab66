import { age } from '../resources/age.ts';
import { alignColumns } from '../resources/print-table.ts';
import type { KubeObject } from '../resources/session.ts';
import { predictorStatus } from './patches.ts';

/** A Revision, as far as rollouts read it. */
export interface RevisionObject {
  readonly metadata: { readonly name: string; readonly creationTimestamp?: string };
  readonly spec?: {
    /** The predictor as it was written. */
    readonly predictor?: Readonly<Record<string, unknown>>;
    readonly modelDigest?: string;
  };
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason?: string }[];
  };
}

interface Share {
  readonly revisionName?: string;
  readonly percent?: number;
  readonly tag?: string;
}

/** Who gets which share now, one line. */
export function rolloutText(service: KubeObject): string {
  const shares = [...predictorShares(service), ...variantShares(service)];
  if (shares.length === 0) return '';
  const words = shares.map(({ name, percent, tag }) => `${name} ${percent} %${tag === undefined ? '' : ` (${tag})`}`);
  return `traffic: ${words.join(', ')}\n`;
}

interface NamedShare {
  /** Of a revision, or of a variant. */
  readonly name: string;
  readonly percent: number;
  readonly tag?: string;
}

/** The shares of the predictor's revisions; KServe's status counts them without what the variants get. */
function predictorShares(service: KubeObject): NamedShare[] {
  const { traffic = [] } = predictorStatus(service) as { traffic?: readonly Share[] };
  const rest = 100 - variantShares(service).reduce((sum, one) => sum + one.percent, 0);
  return traffic.map(({ revisionName = '?', percent = 0, tag }) => ({
    name: revisionName,
    percent: Math.round((percent * rest) / 100),
    ...(tag === undefined ? {} : { tag }),
  }));
}

/** The shares of the variants of spec.canary that are ready; others get no request. */
function variantShares(service: KubeObject): NamedShare[] {
  const { canaryStatuses = [] } = (service.status ?? {}) as {
    canaryStatuses?: readonly { name?: string; ready?: boolean; trafficPercent?: number }[];
  };
  return canaryStatuses
    .filter(({ ready }) => ready === true)
    .map(({ name = '?', trafficPercent = 0 }) => ({ name, percent: trafficPercent, tag: 'variant' }));
}

/** The revisions of a service, newest last. */
export function revisionHistory(service: KubeObject, revisions: readonly RevisionObject[], now: Date): string {
  const sorted = revisions.toSorted((left, right) => left.metadata.name.localeCompare(right.metadata.name));
  const shares = new Map<string, number>();
  for (const { name, percent } of predictorShares(service)) shares.set(name, (shares.get(name) ?? 0) + percent);
  for (const { name, percent } of variantShares(service)) {
    const prefix = `${service.metadata.name}-${name}-predictor-`;
    const newest = sorted.findLast((one) => one.metadata.name.startsWith(prefix));
    if (newest !== undefined) shares.set(newest.metadata.name, percent);
  }
  const rows = sorted.map(({ metadata, spec, status }) => {
    const ready = status?.conditions?.find((one) => one.type === 'Ready');
    const why = ready?.reason === undefined ? '' : ` (${ready.reason})`;
    return [
      metadata.name,
      `${shares.get(metadata.name) ?? 0} %`,
      `${ready?.status ?? ''}${why}`,
      spec?.modelDigest?.slice(0, 12) ?? '',
      age(metadata.creationTimestamp, now),
    ];
  });
  return alignColumns([['REVISION', 'SHARE', 'READY', 'MODEL', 'AGE'], ...rows]);
}

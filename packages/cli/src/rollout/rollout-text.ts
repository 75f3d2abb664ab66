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
  const { traffic } = predictorStatus(service) as { traffic?: readonly Share[] };
  if (traffic === undefined || traffic.length === 0) return '';
  const shares = traffic.map(
    (one) => `${one.revisionName ?? '?'} ${one.percent ?? 0} %${one.tag === undefined ? '' : ` (${one.tag})`}`,
  );
  return `traffic: ${shares.join(', ')}\n`;
}

/** The revisions of a service, newest last. */
export function revisionHistory(service: KubeObject, revisions: readonly RevisionObject[], now: Date): string {
  const { traffic } = predictorStatus(service) as { traffic?: readonly Share[] };
  const shareOf = (name: string) =>
    (traffic ?? []).filter((one) => one.revisionName === name).reduce((sum, one) => sum + (one.percent ?? 0), 0);
  const rows = revisions
    .toSorted((left, right) => left.metadata.name.localeCompare(right.metadata.name))
    .map(({ metadata, spec, status }) => {
      const ready = status?.conditions?.find((one) => one.type === 'Ready');
      const why = ready?.reason === undefined ? '' : ` (${ready.reason})`;
      return [
        metadata.name,
        `${shareOf(metadata.name)} %`,
        `${ready?.status ?? ''}${why}`,
        spec?.modelDigest?.slice(0, 12) ?? '',
        age(metadata.creationTimestamp, now),
      ];
    });
  return alignColumns([['REVISION', 'SHARE', 'READY', 'MODEL', 'AGE'], ...rows]);
}

import { shortWord } from './digest.ts';

/** KServe's name of a component's workload: `iris-predictor`, and `iris-blue-predictor` for a named variant. */
export function workloadName(service: string, component: string, variant?: string): string {
  return variant === undefined || variant === '' ? `${service}-${component}` : `${service}-${variant}-${component}`;
}

/** Knative's name of a revision: the workload's and a running number. */
export function revisionName(workload: string, number: number): string {
  return `${workload}-${String(number).padStart(5, '0')}`;
}

/** The next free number; names of revisions that belong to others count too. */
export function nextNumber(workload: string, names: Iterable<string>): number {
  let highest = 0;
  for (const name of names) {
    if (!name.startsWith(`${workload}-`)) continue;
    const rest = name.slice(workload.length + 1);
    if (/^\d{5,9}$/.test(rest)) highest = Math.max(highest, Number(rest));
  }
  return highest + 1;
}

/** The name of a replica: the same for the same revision, epoch and ordinal, so that a restarted controller knows its own. */
export function replicaName(revision: { name: string; uid: string }, epoch: string, ordinal: number): string {
  const word = shortWord(`${revision.uid}/${epoch}/${ordinal}`, 10);
  return `${revision.name}-deployment-${word.slice(0, 5)}-${word.slice(5)}`;
}

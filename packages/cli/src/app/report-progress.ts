import type { FetchProgress } from '@berth/storage';
import type { AppReport } from './reports.ts';

/** Turns a download's progress into reports. */
export function reportProgress(about: string, report: (report: AppReport) => void): (progress: FetchProgress) => void {
  return (progress) => report({ kind: 'progress', about, message: describeProgress(progress) });
}

/** E.g. `downloading, 12.5 of 90.1 MB`. */
export function describeProgress({ phase, doneBytes, totalBytes }: FetchProgress): string {
  if (doneBytes === 0) return phase;
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
  return `${phase}, ${megabytes(doneBytes)}${totalBytes === undefined ? '' : ` of ${megabytes(totalBytes)}`} MB`;
}

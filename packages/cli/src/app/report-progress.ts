import type { FetchProgress } from '@berth/storage';
import type { AppReport } from './reports.ts';

/** Turns a download's progress into reports. */
export function reportProgress(about: string, report: (report: AppReport) => void): (progress: FetchProgress) => void {
  return throttled((message) => report({ kind: 'progress', about, message }));
}

const INTERVAL_MS = 200;

/** Passes on the first of each phase, and then no more than five a second. */
export function throttled(tell: (message: string) => void): (progress: FetchProgress) => void {
  let last = Number.NEGATIVE_INFINITY;
  let phase: FetchProgress['phase'] | undefined;
  return (progress) => {
    const now = performance.now();
    if (progress.phase === phase && now - last < INTERVAL_MS) return;
    last = now;
    phase = progress.phase;
    tell(describeProgress(progress));
  };
}

/** E.g. `downloading, 12.5 of 90.1 MB`. */
function describeProgress({ phase, doneBytes, totalBytes }: FetchProgress): string {
  if (doneBytes === 0) return phase;
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
  return `${phase}, ${megabytes(doneBytes)}${totalBytes === undefined ? '' : ` of ${megabytes(totalBytes)}`} MB`;
}

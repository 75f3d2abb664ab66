import type { FetchProgress } from '@berth/storage';

const PHASES: ReadonlyMap<FetchProgress['phase'], string> = new Map([
  ['downloading', 'downloading'],
  ['unpacking', 'unpacking'],
  ['verifying', 'checking'],
  ['waiting', 'waiting for another download of the same model'],
]);

/** How far a fetch is, for status and events: `downloading 12 % of 1.2 GB, 34 MB/s`. */
export function progressText(progress: FetchProgress, bytesPerSecond: number | undefined): string {
  const phase = PHASES.get(progress.phase) ?? progress.phase;
  if (progress.phase === 'waiting') return phase;
  const { doneBytes, totalBytes } = progress;
  const far =
    totalBytes === undefined || totalBytes === 0
      ? doneBytes === 0
        ? ''
        : ` ${byteText(doneBytes)}`
      : ` ${Math.min(100, Math.floor((doneBytes / totalBytes) * 100))} % of ${byteText(totalBytes)}`;
  const speed = bytesPerSecond === undefined || bytesPerSecond <= 0 ? '' : `, ${byteText(bytesPerSecond)}/s`;
  return `${phase}${far}${speed}`;
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** A count of bytes for people, in powers of 1000: two digits, or three where the first is 1. */
export function byteText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 9.95 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}

/** How far a run is. */
export interface Pace {
  readonly rows: number;
  readonly failed: number;
  /** Rows since this process began: the speed is theirs. */
  readonly rowsNow: number;
  readonly elapsedMs: number;
  /** Part of the input that is read, 0 to 1, and what it was when this process began. */
  readonly done: number;
  readonly doneBefore: number;
}

/** One line for people: `410,000 rows · 41 % · 350,000 rows/s · 2 s left`. */
export function progressLine({ rows, failed, rowsNow, elapsedMs, done, doneBefore }: Pace): string {
  const parts = [`${grouped(rows)} rows`];
  if (failed > 0) parts.push(`${grouped(failed)} failed`);
  parts.push(`${Math.floor(Math.min(1, done) * 100)} %`);
  if (elapsedMs > 0) parts.push(`${speed(rowsNow, elapsedMs)}`);
  const doneNow = done - doneBefore;
  if (doneNow > 0 && done < 1) parts.push(`${duration((elapsedMs * (1 - done)) / doneNow)} left`);
  return parts.join(' · ');
}

/** Rows a second. */
export function speed(rows: number, elapsedMs: number): string {
  return `${grouped(Math.round((rows * 1000) / Math.max(1, elapsedMs)))} rows/s`;
}

/** `3 s`, `2 min 5 s`, `1 h 2 min`. */
export function duration(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `1,000,000`. */
export function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `0.22` of `0.22.2.post1`. */
export function minorOf(version: string): string {
  return version.split('.').slice(0, 2).join('.');
}

/** Oldest first. */
export function byVersion(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

/** Releases as minor ones, oldest first, each once: `0.22, 0.24, 1.9`. */
export function minorList(versions: Iterable<string>): string {
  return [...new Set([...versions].map(minorOf))].sort(byVersion).join(', ');
}

/** Full releases, oldest first: the ones that `minorList` shortens. */
export function fullList(versions: Iterable<string>): string {
  return [...new Set(versions)].sort(byVersion).join(', ');
}

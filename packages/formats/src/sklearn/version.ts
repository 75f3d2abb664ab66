/**
 * Whether a file saved by `version` of scikit-learn behaves as releases from `major.minor` on. Files before 0.18 carry no
 * version and count as older.
 */
export function isAtLeast(version: string | undefined, major: number, minor: number): boolean {
  const match = /^(\d+)\.(\d+)/.exec(version ?? '');
  if (match === null) return false;
  const [own, ownMinor] = [Number(match[1]), Number(match[2])];
  return own > major || (own === major && ownMinor >= minor);
}

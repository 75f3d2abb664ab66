/** The version of Kubernetes whose API this is like: kubectl compares itself with it. */
const LIKE = { major: '1', minor: '34', patch: '0' };

/** `/version`, as `kubectl version` reads it; `berth` is our own version. */
export function versionAnswer(berth: string): Record<string, unknown> {
  return {
    major: LIKE.major,
    minor: LIKE.minor,
    gitVersion: `v${LIKE.major}.${LIKE.minor}.${LIKE.patch}+berth-${berth}`,
    gitCommit: '',
    gitTreeState: 'clean',
    buildDate: '1970-01-01T00:00:00Z',
    goVersion: '',
    compiler: 'node',
    platform: `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`,
  };
}

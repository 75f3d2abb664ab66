/**
 * The test command: every `*.test.ts` of the repository under `node --test`, or those whose path holds one of the
 * arguments. Needs nothing but Node; tests that want optional data skip and say so.
 */
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const wanted = process.argv.slice(2);
const files = globSync(
  [
    'packages/*/src/**/*.test.ts',
    'engines/*/src/**/*.test.ts',
    'clouds/*/src/**/*.test.ts',
    'tools/**/*.test.ts',
    'examples/**/*.test.ts',
    'bench/**/*.test.ts',
    'conformance/**/*.test.ts',
  ],
  {
    cwd: root,
    exclude: (path) => path.includes('node_modules'),
  },
)
  .filter((path) => wanted.length === 0 || wanted.some((part) => path.includes(part)))
  .sort();
if (files.length === 0) {
  console.error(`no test file matches ${wanted.join(' ')}`);
  process.exit(1);
}
const { status } = spawnSync(process.execPath, ['--test', '--test-concurrency=2', '--test-timeout=300000', ...files], {
  cwd: root,
  stdio: 'inherit',
});
process.exitCode = status ?? 1;

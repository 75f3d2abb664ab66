/**
 * `npm run conformance -- install`: what `npm run package` makes is made twice, then installed in empty folders outside the
 * clone, each with its own ecosystem alone on the PATH, and iris is served from there. Started by itself, it takes `npm`
 * or `pip` as an argument and runs that part alone.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Results } from '../kubectl/checks.ts';
import { viaNpm } from './npm.ts';
import { viaPip } from './pip.ts';
import { outside } from './places.ts';

const PACKAGE = join(import.meta.dirname, '..', '..', 'tools', 'package', 'main.ts');
const results = new Results();
const root = outside();

/** Makes all packages in a folder. */
function make(folder: string): string {
  execFileSync(process.execPath, [PACKAGE, '--out', folder], { stdio: ['ignore', 'inherit', 'inherit'] });
  return folder;
}

/** A part's failure must not hide what the others would have said. */
async function part(name: string, work: (folder: string) => Promise<void>): Promise<void> {
  const wanted = process.argv.slice(2);
  if (wanted.length > 0 && !wanted.includes(name)) return;
  const folder = join(root, name);
  mkdirSync(folder);
  await work(folder).catch((thrown: unknown) => {
    results.record(name, false, thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown));
  });
}

try {
  const build = make(join(root, 'build'));
  const again = make(join(root, 'again'));
  for (const kind of ['npm', 'pypi']) {
    for (const file of readdirSync(join(build, kind))) {
      const isSame = readFileSync(join(build, kind, file)).equals(readFileSync(join(again, kind, file)));
      results.record(`${file} is the same when it is made again`, isSame, 'the bytes differ');
    }
  }
  await part('npm', (folder) => viaNpm(results, build, folder));
  await part('pip', (folder) => viaPip(results, build, folder));
} finally {
  rmSync(root, { recursive: true, force: true });
}
console.log(`${results.passed} passed, ${results.failed} failed, ${results.skipped} skipped`);
if (results.failed > 0) process.exitCode = 1;

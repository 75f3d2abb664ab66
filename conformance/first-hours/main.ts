/**
 * `npm run conformance -- first-hours`: the documents in docs/first-hours, run as they stand, each in an empty folder with the
 * programs that such a person has and packages that were just made. What is drawn in a terminal is kept as asciicasts in
 * build/recordings.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SCOPE, VERSION } from '../../tools/package/names.ts';
import { matchesOutput } from './match-output.ts';
import { makePlace } from './places.ts';
import { readScript, type Step } from './read-script.ts';
import { type Registry, serveTarballs } from './registry.ts';
import { type Outcome, Shell } from './shell.ts';
import { castOf, inTerminal } from './terminal.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const DOCUMENTS = join(ROOT, 'docs', 'first-hours');
const RECORDINGS = join(ROOT, 'build', 'recordings');
/** Installing a library with its dependencies over a slow network is the longest step. */
const LIMIT_MS = 180_000;
const START_LIMIT_MS = 20_000;

/** What each person has on their machine. */
const PROGRAMS: ReadonlyMap<string, readonly string[]> = new Map([
  ['data-scientist.md', ['python3']],
  ['platform-engineer.md', ['node', 'npm', 'npx']],
  ['security-reviewer.md', ['node', 'npm', 'npx', 'python3']],
]);

/** Runs one document. Answers how many steps held. @throws Error that names the first that did not */
async function runDocument(name: string, root: string, build: string, registry: Registry): Promise<number> {
  const steps = readScript(readFileSync(join(DOCUMENTS, name), 'utf8'));
  if (steps.length === 0) throw new Error(`docs/first-hours/${name} has no steps`);
  const files = join(DOCUMENTS, 'files', name.replace(/\.md$/, ''));
  const place = makePlace(join(root, name), PROGRAMS.get(name) ?? [], files, {
    PIP_FIND_LINKS: join(build, 'pypi'),
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
    NPM_CONFIG_PREFIX: join(root, name, 'npm'),
    [`NPM_CONFIG_${SCOPE}:REGISTRY`]: registry.url,
    npm_config_update_notifier: 'false',
    // Not the machine's own platform; a folder that the users of replicas can pass through.
    BERTH_STATE: join(root, name, 'state'),
  });
  writeFileSync(join(place.env.HOME as string, '.npmrc'), `${SCOPE}:registry=${registry.url}\n`);
  const shell = new Shell(place.folder, { ...place.env, PATH: `${join(root, name, 'npm', 'bin')}:${place.env.PATH}` });
  try {
    for (const step of steps) check(name, step, await runStep(shell, step, name));
  } finally {
    // A platform that a step which did not hold left running would answer the next document.
    await shell.run('berth down', LIMIT_MS).catch(() => undefined);
    await shell.end();
  }
  return steps.length;
}

async function runStep(shell: Shell, step: Step, name: string): Promise<Outcome> {
  const { command, expected } = step;
  if (/&\s*$/.test(command)) {
    return shell.start(command, (lines) => matchesOutput(expected, lines), START_LIMIT_MS);
  }
  if (!step.inTerminal) return shell.run(command, LIMIT_MS);
  const outcome = await shell.run(inTerminal(command), LIMIT_MS);
  mkdirSync(RECORDINGS, { recursive: true });
  const { cast, lines } = castOf(outcome.text, command);
  writeFileSync(join(RECORDINGS, `${name.replace(/\.md$/, '')}-${step.line}.cast`), cast);
  return { ...outcome, lines };
}

function check(name: string, step: Step, outcome: Outcome): void {
  const isRight =
    matchesOutput(step.expected, outcome.lines) &&
    (outcome.exitCode === undefined || outcome.exitCode === step.exitCode);
  console.log(`${isRight ? 'ok' : 'not ok'} ${name}:${step.line} ${step.command.split('\n')[0]}`);
  if (isRight) return;
  const shown = [...outcome.lines, ...(outcome.exitCode === undefined ? [] : [`[exit ${outcome.exitCode}]`])];
  throw new Error(
    `the document says:\n${step.expected.join('\n')}\n[exit ${step.exitCode}]\nit was:\n${shown.join('\n')}`,
  );
}

const root = mkdtempSync(join(tmpdir(), 'berth-first-hours-'));
chmodSync(root, 0o755);
let failed = 0;
let held = 0;
try {
  const build = join(root, 'build');
  execFileSync(process.execPath, [join(ROOT, 'tools', 'package', 'main.ts'), '--out', build], { stdio: 'inherit' });
  const registry = await serveTarballs(join(build, 'npm'), SCOPE, VERSION);
  const wanted = process.argv.slice(2);
  const documents = readdirSync(DOCUMENTS).filter((name) => name.endsWith('.md') && name !== 'README.md');
  for (const name of documents.filter((one) => wanted.length === 0 || wanted.some((part) => one.includes(part)))) {
    console.log(`# ${name}`);
    try {
      held += await runDocument(name, root, build, registry);
    } catch (thrown) {
      failed++;
      console.log(thrown instanceof Error ? thrown.message : String(thrown));
    }
  }
  await registry.close();
} finally {
  rmSync(root, { recursive: true, force: true });
}
console.log(`${held} steps held, ${failed} documents failed`);
process.exitCode = failed === 0 && held > 0 ? 0 : 1;

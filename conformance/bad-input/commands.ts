/** The command line on bad input: refusals, outputs that can not be written, and interruptions. */
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeBadFiles } from './bad-files.ts';
import { checkApplyInterrupted, interruptions } from './interruptions.ts';
import { outputs } from './outputs.ts';
import { applyRefusals, refusals } from './refusals.ts';
import { berth, unkind } from './run-berth.ts';

/** Runs one check; it is told by its name. */
export type Check = (name: string, work: () => Promise<unknown>) => Promise<void>;

const NOBODY = 65_534;

/** All checks of commands. `good`: a model file of four features. */
export async function checkCommands(check: Check, good: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'berth-bad-commands-'));
  chmodSync(folder, 0o777);
  const silent = createServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const busy = (silent.address() as { port: number }).port;
  makeBadFiles(folder, good);
  writeFileSync(join(folder, 'good.yaml'), service('file:///none'));
  const isRoot = process.getuid?.() === 0;
  const before = readdirSync(folder).sort();
  const env = { BERTH_CACHE: join(folder, 'cache'), XDG_STATE_HOME: join(folder, 'state'), HOME: folder };
  try {
    for (const { name, args, unprivileged, ...wanted } of refusals(busy)) {
      await check(name, async () => {
        const uid = unprivileged === true && isRoot ? { uid: NOBODY } : {};
        const problem = unkind(await berth(args, { cwd: folder, env, ...uid }), { json: false, ...wanted });
        if (problem !== undefined) throw new Error(problem);
        const left = readdirSync(folder).filter((one) => !before.includes(one) && /partial|tmp|made/.test(one));
        if (left.length > 0) throw new Error(`left behind: ${left.join(', ')}`);
      });
      for (const one of ['out.csv', 'out.csv.errors.csv', 'x.csv']) rmSync(join(folder, one), { force: true });
    }
    await check('what was read and what was there is as it was', async () => {
      if (!readFileSync(join(folder, 'rows.csv'), 'utf8').startsWith('a,b,c,d\n5.1'))
        throw new Error('rows.csv is not');
      if (readFileSync(join(folder, 'taken.yaml'), 'utf8') !== 'mine') throw new Error('taken.yaml is not');
    });
    await outputs(check, folder, env);
    await interruptions(check, folder, env);
  } finally {
    silent.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** `berth apply` of bad YAML to a live platform. */
export async function checkApply(check: Check, good: string, kubeconfig: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'berth-bad-apply-'));
  makeBadFiles(folder, good);
  try {
    for (const { name, args, ...wanted } of applyRefusals(kubeconfig)) {
      await check(name, async () => {
        const problem = unkind(await berth(args, { cwd: folder }), { json: false, ...wanted });
        if (problem !== undefined) throw new Error(problem);
      });
    }
    await checkApplyInterrupted(check, folder, kubeconfig);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function service(storageUri: string): string {
  return `apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata: {name: good}
spec: {predictor: {model: {modelFormat: {name: sklearn}, storageUri: "${storageUri}"}}}
`;
}

/** `node conformance/kubectl/main.ts [kubeconfig]`: kubectl against a live platform, or against the one of a kubeconfig. */
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LivePlatform, up } from '../platform.ts';
import { kubectlBinary } from './binary.ts';
import { Results } from './checks.ts';
import { runCommands } from './commands.ts';
import { runDocumented } from './documented.ts';
import { Kubectl } from './kubectl.ts';

const MODEL = join(import.meta.dirname, '..', '..', 'examples', 'sklearn-iris', 'model');

/** Runs the recorded commands; counts go into `results`. */
export async function viaKubectl(results: Results, kubeconfig?: string): Promise<void> {
  const binary = kubectlBinary();
  if (binary === undefined) {
    results.skip('kubectl', 'there is none of 1.28 or newer, and no Go to build it with');
    return;
  }
  const work = mkdtempSync(join(tmpdir(), 'kubectl-'));
  let platform: LivePlatform | undefined;
  try {
    if (kubeconfig === undefined) platform = await up(join(work, 'state'));
    const home = join(work, 'home');
    const model = join(work, 'model');
    mkdirSync(home);
    cpSync(MODEL, model, { recursive: true });
    const kubectl = new Kubectl(binary, kubeconfig ?? (platform as LivePlatform).kubeconfig, home);
    const bench = { kubectl, results, model, work };
    await runCommands(bench);
    await runDocumented(bench);
    if (results.failed > 0 && platform !== undefined) console.log(`# the platform said:\n${platform.said()}`);
  } catch (error) {
    results.record('kubectl against a live platform', false, String(error));
  } finally {
    await platform?.stop();
    rmSync(work, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  const results = new Results();
  await viaKubectl(results, process.argv[2]);
  console.log(`${results.passed} passed, ${results.failed} failed, ${results.skipped} skipped`);
  if (results.failed > 0) process.exitCode = 1;
}

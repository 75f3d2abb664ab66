/**
 * The same requests to a real Kubernetes and to Berth's API, and every difference in the answers. The cluster needs KServe's
 * CustomResourceDefinitions and no KServe; its kubeconfig stands in KUBERNETES_KUBECONFIG, and the user in it has a client
 * certificate. Without it, or without its file, the part is skipped. `SEEDS=7,8` runs other sequences.
 */
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { startTestApi } from '../../packages/local/src/testing/test-api.ts';
import { Results } from '../kubectl/checks.ts';
import { Comparable, differences } from './comparable.ts';
import { LIFE, manyManagers, type Step } from './requests.ts';
import { type Ask, berth, cluster } from './servers.ts';

const kubeconfig = process.env.KUBERNETES_KUBECONFIG;
const seeds = (process.env.SEEDS ?? '1,2,3').split(',').map(Number);

/** Sends each step to both, in a namespace of its own; gives what differed. */
async function compare(peer: Ask, own: Ask, steps: Iterable<Step>): Promise<string[]> {
  const namespace = `compare-${Date.now().toString(36)}`;
  const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
  for (const ask of [peer, own]) await ask('POST', '/api/v1/namespaces', object);
  // The cluster makes the account that the namespace's objects need.
  await sleep(1_000);
  const [theirs, ours] = [new Comparable(), new Comparable()];
  const found: string[] = [];
  for (const { name, method, path, body, type } of steps) {
    const [, version = '', rest = ''] = /^((?:[a-z.]+\.io\/)?v1[a-z0-9]*)\/(.*)$/.exec(path) ?? [];
    const url = `/${version.includes('/') ? 'apis' : 'api'}/${version}/namespaces/${namespace}/${rest}`;
    const [left, right] = await Promise.all([peer, own].map((ask) => ask(method, url, body, type)));
    if (left === undefined || right === undefined) continue;
    found.push(...differences(theirs.of(left), ours.of(right)).map((line) => `${name}: ${line}`));
  }
  await peer('DELETE', `/api/v1/namespaces/${namespace}`);
  return found;
}

const results = new Results();
if (kubeconfig === undefined || !existsSync(kubeconfig)) {
  results.skip('a comparison with a real Kubernetes', 'KUBERNETES_KUBECONFIG names no kubeconfig');
} else {
  const api = await startTestApi();
  try {
    const [peer, own] = [cluster(kubeconfig), berth(api.port, api.access.token)];
    const record = (name: string, found: readonly string[]) => {
      results.record(name, found.length === 0, `${found.length} differences\n${found.slice(0, 20).join('\n')}`);
    };
    record('the life of an object', await compare(peer, own, LIFE));
    for (const seed of seeds) {
      record(`150 writes of several managers (seed ${seed})`, await compare(peer, own, manyManagers(seed, 150)));
    }
  } finally {
    await api.close();
  }
}
console.log(`${results.passed} passed, ${results.failed} failed, ${results.skipped} skipped`);
if (results.failed > 0) process.exitCode = 1;

/**
 * `npm run conformance`: the peers' own clients, unchanged, against live Berth servers. Triton's example scripts are not
 * on PyPI: give their folder (a checkout of Triton's client repository, `src/python/examples`) in TRITON_CLIENT_EXAMPLES
 * to run those of triton-examples.json as well; without it they are skipped and counted as such.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { grpcurl, python } from './environments.ts';
import { Results } from './kubectl/checks.ts';
import { viaKubectl } from './kubectl/main.ts';
import { up } from './platform.ts';
import { type LiveServer, serve } from './server.ts';

const HERE = import.meta.dirname;
const EXAMPLES = join(HERE, '..', 'examples');
const counts = new Results();

/** A client script that prints `ok name` and `not ok name`. */
function clients(name: string, environment: 'sdk' | 'mlserver', args: readonly (number | string)[]): void {
  console.log(`# ${name}`);
  const script = join(HERE, 'clients', `${name}.py`);
  const run = spawnSync(python(environment), [script, ...args.map(String)], { encoding: 'utf8', timeout: 300_000 });
  console.log(run.stdout);
  const passed = (run.stdout.match(/^ok /gm) ?? []).length;
  const failed = (run.stdout.match(/^not ok /gm) ?? []).length;
  counts.passed += passed;
  counts.failed += failed;
  // A script that ended before its first test is a failure, not an empty success.
  if (passed + failed === 0 || (run.status !== 0 && failed === 0)) counts.failed++;
  if (run.status !== 0) console.log(run.stderr);
}

function check(name: string, passed: boolean, detail: string): void {
  counts[passed ? 'passed' : 'failed']++;
  console.log(passed ? `ok ${name}` : `not ok ${name}\n${detail}`);
}

function viaGrpcurl(server: LiveServer): void {
  console.log('# grpcurl');
  const binary = grpcurl();
  if (binary === undefined) {
    counts.skipped++;
    console.log('skip grpcurl: there is no Go to build it with');
    return;
  }
  const target = `127.0.0.1:${server.grpc}`;
  const list = spawnSync(binary, ['-plaintext', target, 'list'], { encoding: 'utf8' });
  check(
    'grpcurl lists the services',
    list.stdout.includes('inference.GRPCInferenceService'),
    list.stdout + list.stderr,
  );
  const tensor = {
    name: 'input-0',
    datatype: 'FP32',
    shape: [1, 4],
    contents: { fp32_contents: [6.8, 2.8, 4.8, 1.4] },
  };
  const message = JSON.stringify({ model_name: 'sklearn-iris', inputs: [tensor] });
  const args = ['-plaintext', '-d', message, target, 'inference.GRPCInferenceService/ModelInfer'];
  const call = spawnSync(binary, args, { encoding: 'utf8' });
  check('grpcurl infers', /"int64Contents":\s*\[\s*"1"/.test(call.stdout), call.stdout + call.stderr);
}

function tritonExamples(server: LiveServer): void {
  console.log("# Triton's client examples");
  const list = JSON.parse(readFileSync(join(HERE, 'triton-examples.json'), 'utf8')) as { run: string[] };
  const folder = process.env.TRITON_CLIENT_EXAMPLES;
  if (folder === undefined || !existsSync(folder)) {
    counts.skipped += list.run.length;
    console.log(`skip ${list.run.length} scripts: TRITON_CLIENT_EXAMPLES names no folder`);
    return;
  }
  for (const script of list.run) {
    const port = script.includes('http') || script.startsWith('reuse') ? server.http : server.grpc;
    const args = [join(folder, script), '-u', `127.0.0.1:${port}`];
    const run = spawnSync(python('sdk'), args, { encoding: 'utf8', timeout: 60_000 });
    check(script, run.status === 0, run.stdout + run.stderr);
  }
}

const work = mkdtempSync(join(tmpdir(), 'conformance-'));
const servers: { stop(): Promise<void> }[] = [];
try {
  const kserveModels = join(work, 'kserve');
  for (const name of ['sklearn-iris', 'sklearn-iris-v2', 'xgboost-iris', 'lightgbm-iris']) {
    cpSync(join(EXAMPLES, name, 'model'), join(kserveModels, name), { recursive: true });
  }
  const kserve = await serve(kserveModels, ['--flavour', 'kserve']);
  servers.push(kserve);
  clients('kserve_sdk', 'sdk', [kserve.http, kserve.grpc]);
  clients('reflection', 'sdk', [kserve.grpc]);
  viaGrpcurl(kserve);

  const mlserverModels = join(work, 'mlserver', 'iris');
  mkdirSync(mlserverModels, { recursive: true });
  cpSync(join(EXAMPLES, 'sklearn-iris-v2', 'model', 'model.joblib'), join(mlserverModels, 'model.joblib'));
  const settings = {
    name: 'iris',
    implementation: 'mlserver_sklearn.SKLearnModel',
    parameters: { uri: './model.joblib' },
  };
  writeFileSync(join(mlserverModels, 'model-settings.json'), JSON.stringify(settings));
  const mlserver = await serve(join(work, 'mlserver'), ['--flavour', 'mlserver']);
  servers.push(mlserver);
  clients('mlserver_helpers', 'mlserver', [mlserver.http, mlserver.grpc]);

  const triton = await serve(join(HERE, 'repository'), ['--flavour', 'triton']);
  servers.push(triton);
  clients('triton', 'sdk', [triton.http, triton.grpc]);
  tritonExamples(triton);

  console.log('# kubectl');
  await viaKubectl(counts);
  const model = join(work, 'iris');
  cpSync(join(EXAMPLES, 'sklearn-iris', 'model'), model, { recursive: true });
  const platform = await up(join(work, 'state')).catch((error) => check('berth up', false, String(error)));
  if (platform) {
    servers.push(platform);
    clients('kserve_client', 'sdk', [platform.kubeconfig, model, platform.gateway]);
  }
} finally {
  for (const server of servers) await server.stop();
  rmSync(work, { recursive: true, force: true });
}
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
if (counts.failed > 0) process.exitCode = 1;

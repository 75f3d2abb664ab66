/**
 * Each built-in runtime with each format that Berth evaluates behind it, served from a YAML that names the runtime, and asked
 * by the peer's own client in each protocol. What is proved here is what docs/runtimes.md says.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { python } from '../environments.ts';
import { Results } from '../kubectl/checks.ts';
import { type Proof, settle } from '../results/serving.ts';
import { run } from '../server.ts';
import { manifestOf, questionOf, type Service, services } from './services.ts';

/** Which client asks by the habits of the runtime; the others have no engine. */
const CLIENTS: ReadonlyMap<string, readonly ['sdk' | 'mlserver', string]> = new Map([
  ['kserve', ['sdk', 'ask_kserve']],
  ['mlserver', ['mlserver', 'ask_mlserver']],
  ['triton', ['sdk', 'ask_triton']],
]);

const results = new Results();
const proofs: Proof[] = [];
const work = mkdtempSync(join(tmpdir(), 'runtimes-'));

async function prove(service: Service): Promise<void> {
  const { runtime, format, flavour } = service;
  const [environment, script] = CLIENTS.get(flavour) ?? (['sdk', 'ask_kserve'] as const);
  const file = join(work, `${runtime}-${format}.yaml`);
  writeFileSync(file, manifestOf(service));
  const server = await run(file);
  try {
    const path = join(import.meta.dirname, '..', 'clients', `${script}.py`);
    const args = [path, `${server.http}`, `${server.grpc}`, JSON.stringify(questionOf(service))];
    const said = spawnSync(python(environment), args, { encoding: 'utf8', timeout: 120_000 });
    const lines = [...said.stdout.matchAll(/^(not )?ok test_(v[12])_(http|grpc)$/gm)];
    // A script that ended before its first test is a failure, not an empty success.
    if (lines.length === 0) results.record(`${runtime} ${format}`, false, said.stdout + said.stderr);
    for (const [, failed, protocol, transport] of lines) {
      const isProved = failed === undefined;
      results.record(`${runtime} ${format} ${protocol} ${transport}`, isProved, said.stdout + said.stderr);
      if (!isProved) continue;
      proofs.push({
        runtime,
        format,
        protocol: protocol === 'v1' ? 'v1' : 'v2',
        transport: transport === 'http' ? 'HTTP' : 'gRPC',
        check: `${script}.py test_${protocol}_${transport}`,
      });
    }
  } finally {
    await server.stop();
  }
}

try {
  for (const service of services()) {
    await prove(service).catch((error) => results.record(`${service.runtime} ${service.format}`, false, String(error)));
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
for (const problem of settle('runtimes', proofs, process.argv.includes('--update'))) {
  results.record('what serving.json claims', false, problem);
}
console.log(`${results.passed} passed, ${results.failed} failed, ${results.skipped} skipped`);
if (results.failed > 0) process.exitCode = 1;

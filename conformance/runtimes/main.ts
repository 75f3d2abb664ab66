/**
 * Each built-in runtime with each format that Berth evaluates behind it, served from a YAML that names the runtime, and asked
 * by the peer's own client in each protocol; then a model server of the user's own, on the platform. What is proved here is
 * what docs/runtimes.md says.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Results } from '../kubectl/checks.ts';
import { settle } from '../results/serving.ts';
import { run } from '../server.ts';
import { askCustomServer } from './custom.ts';
import { manifestOf, questionOf, type Service, services } from './services.ts';
import { Witness } from './witness.ts';

const results = new Results();
const witness = new Witness(results);
const work = mkdtempSync(join(tmpdir(), 'runtimes-'));

async function prove(service: Service): Promise<void> {
  const file = join(work, `${service.runtime}-${service.format}.yaml`);
  writeFileSync(file, manifestOf(service));
  const server = await run(file);
  try {
    witness.ask(service, server, questionOf(service));
  } finally {
    await server.stop();
  }
}

try {
  for (const service of services()) {
    await prove(service).catch((error) => results.record(`${service.runtime} ${service.format}`, false, String(error)));
  }
  await askCustomServer(witness, join(work, 'state')).catch((error) => results.record('custom', false, String(error)));
} finally {
  rmSync(work, { recursive: true, force: true });
}
for (const problem of settle('runtimes', witness.proofs, process.argv.includes('--update'))) {
  results.record('what serving.json claims', false, problem);
}
console.log(`${results.passed} passed, ${results.failed} failed, ${results.skipped} skipped`);
if (results.failed > 0) process.exitCode = 1;

/**
 * `node conformance/storage/main.ts [name …]`: every scheme against a real server that a registry brings. Names pick: s3, gcs,
 * azure, field.
 */
import { checkAzure } from './azure.ts';
import { checkField } from './field.ts';
import { checkGcs, filledGcs } from './gcs.ts';
import { Report } from './report.ts';
import { checkS3, filledMoto } from './s3.ts';

const SUITES: ReadonlyMap<string, (report: Report) => Promise<void>> = new Map([
  ['http', async (report: Report) => (await import('./http.ts')).checkHttp(report)],
  ['hf', async (report: Report) => (await import('./hub.ts')).checkHub(report)],
  ['oci', async (report: Report) => (await import('./oci.ts')).checkOci(report)],
  ['s3', checkS3],
  ['gcs', checkGcs],
  ['azure', checkAzure],
  ['field', field],
]);

async function field(report: Report): Promise<void> {
  await using s3 = await filledMoto();
  await using gcs = await filledGcs();
  if (s3 === undefined) report.skip('field', 'there is no python3 to install moto with');
  else await checkField({ s3: `127.0.0.1:${s3.port}`, gcs: gcs?.url }, report);
}

const wanted = process.argv.slice(2);
const report = new Report();
for (const [name, suite] of SUITES) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  console.log(`# ${name}`);
  await report.check(`${name}: its server comes up`, () => suite(report));
}
console.log(`storage: ${report.passed} passed, ${report.failed} failed, ${report.skipped} skipped`);
process.exitCode = report.failed > 0 || report.passed === 0 ? 1 : 0;

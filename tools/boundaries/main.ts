import { join } from 'node:path';
import { checkBoundaries } from './check.ts';

const root = join(import.meta.dirname, '..', '..');
const report = checkBoundaries(root);
for (const { file, specifier, rule } of report.violations) console.error(`${file}: imports "${specifier}": ${rule}`);
console.log(`boundaries: ${report.files} files, ${report.imports} imports, ${report.violations.length} violations`);
// A checker that read next to nothing has proved nothing.
if (report.files < 20 || report.imports < 40) {
  console.error('boundaries: too few files were read; is the scan broken?');
  process.exitCode = 1;
}
if (report.violations.length > 0) process.exitCode = 1;

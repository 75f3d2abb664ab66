/** Runs every `kubectl` line of the page about it, in its order. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench } from './commands.ts';
import { iris } from './manifests.ts';

const PAGE = join(import.meta.dirname, '..', '..', 'docs', 'kubectl.md');

/** Lines that exit 1 to say that there is a difference. */
const SAYS_NO = /^diff /;
/** Lines that go on until they are stopped. */
const GOES_ON = / -w\b| -f$/;

/** The commands of the page's console blocks hold; `isvc.yaml` is the file that they speak of. */
export async function runDocumented({ kubectl, results, model, work }: Bench): Promise<void> {
  const file = join(work, 'isvc.yaml');
  writeFileSync(file, iris(model));
  const blocks = readFileSync(PAGE, 'utf8').matchAll(/```console\n(.*?)```/gs);
  const lines = [...blocks].flatMap(([, block]) => (block ?? '').split('\n')).filter((line) => line !== '');
  results.record('the page has commands', lines.length > 10, `${lines.length} lines`);
  for (const line of lines) {
    const words = line.replace(/^kubectl /, '').replaceAll('isvc.yaml', file);
    const list = (words.match(/'[^']*'|\S+/g) ?? []).map((word) => word.replaceAll("'", ''));
    const said = GOES_ON.test(words) ? await kubectl.until(list, /\S/) : kubectl.run(list);
    if (SAYS_NO.test(words)) results.record(line, said.err === '' && said.status !== null, said.err);
    else results.check(line, said);
  }
}

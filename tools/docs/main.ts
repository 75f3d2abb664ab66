/** `npm run docs`: writes the pages of docs/ that are made from the code. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PAGES } from './pages.ts';

for (const [name, make] of PAGES) {
  await writeFile(join(import.meta.dirname, '..', '..', 'docs', name), await make());
  console.log(`docs/${name}`);
}

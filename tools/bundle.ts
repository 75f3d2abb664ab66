/**
 * `npm run bundle`: the command as JavaScript files in packages/cli/dist. What is published and the image use it, since
 * Node strips no types in installed packages and opens hundreds of small files slower than a dozen larger ones; in the
 * repository `BERTH_BUNDLE=1` makes the launcher take it.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { bundleCli, ROOT } from './package/bundle.ts';

const outdir = join(ROOT, 'packages', 'cli', 'dist');
rmSync(outdir, { recursive: true, force: true });
const { outputs } = await bundleCli(outdir);
const bytes = Object.values(outputs).reduce((sum, output) => sum + output.bytes, 0);
console.log(`packages/cli/dist: ${Object.keys(outputs).length} files, ${(bytes / 1e6).toFixed(1)} MB`);

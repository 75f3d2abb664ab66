/**
 * `npm run bundle`: the command as a few JavaScript files in packages/cli/dist. What is published and the image use it,
 * since Node strips no types in installed packages and opens hundreds of small files slower than a dozen larger ones;
 * in the repository `BERTH_BUNDLE=1` makes the launcher take it.
 */
import { readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build, type Plugin } from 'esbuild';

const root = join(import.meta.dirname, '..');
const outdir = join(root, 'packages', 'cli', 'dist');

/** What starts on its own: the command, and the files that processes and threads are started with. */
const ENTRIES = [
  'packages/cli/src/main.ts',
  'packages/cli/src/app/run-app.ts',
  'packages/cli/src/app/serve-app.ts',
  'packages/local/src/platform/control-main.ts',
  'packages/local/src/platform/gateway-main.ts',
  'packages/formats/src/joblib/decompress-worker.ts',
  'packages/server/src/codec/codec-worker.ts',
  'packages/server/src/workers/worker-main.ts',
];

/** All outputs lie in one folder: `new URL('../app/x.ts', import.meta.url)` of a source becomes `./x.js`. */
const flatUrls: Plugin = {
  name: 'flat-urls',
  setup(bundle) {
    bundle.onLoad({ filter: /packages\/.*\.ts$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8')
        .replace(
          /new URL\('(?:\.\.?\/)+(?:[\w-]+\/)*([\w-]+)\.ts', import\.meta\.url\)/g,
          "new URL('./$1.js', import.meta.url)",
        )
        .replace("new URL('../../bin/berth.js', import.meta.url)", "new URL('../bin/berth.js', import.meta.url)"),
      loader: 'ts',
    }));
  },
};

rmSync(outdir, { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: ENTRIES.map((path) => ({ in: join(root, path), out: basename(path, '.ts') })),
  outdir,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  minifySyntax: true,
  minifyWhitespace: true,
  metafile: true,
  external: ['@berth/engine-onnxruntime', 'onnxruntime-node', '@berth/cloud-*'],
  // CommonJS dependencies inside an ES module still ask for `require`.
  banner: { js: "import{createRequire as requireFrom}from'node:module';const require=requireFrom(import.meta.url);" },
  plugins: [flatUrls],
});
const bytes = Object.values(metafile.outputs).reduce((sum, output) => sum + output.bytes, 0);
console.log(`packages/cli/dist: ${Object.keys(metafile.outputs).length} files, ${(bytes / 1e6).toFixed(1)} MB`);

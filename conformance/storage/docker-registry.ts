/** Debian's docker-registry: the one on the PATH, else its package unpacked once below the conformance cache (no root needed). */
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../tools/free-port.ts';

/** A registry that takes images. */
export interface DockerRegistry extends AsyncDisposable {
  /** `127.0.0.1:port`. */
  readonly host: string;
  /** Stores a blob; returns its digest. */
  blob(repository: string, bytes: Buffer): Promise<string>;
  /** Stores a manifest or an index under a tag; returns its digest. */
  manifest(repository: string, tag: string, content: object): Promise<string>;
}

const PATIENCE_MS = 20_000;

/** Starts one on a free port; undefined where there is no way to get it. With a login it wants that (htpasswd by bcrypt). */
export async function startDockerRegistry(htpasswd?: string): Promise<DockerRegistry | undefined> {
  const program = programOf();
  if (program === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'conformance-registry-'));
  const port = await freePort();
  const config = join(folder, 'config.yml');
  writeFileSync(join(folder, 'htpasswd'), htpasswd ?? '');
  const auth =
    htpasswd === undefined ? '' : `auth: {htpasswd: {realm: conformance, path: ${join(folder, 'htpasswd')}}}\n`;
  writeFileSync(
    config,
    `version: 0.1\nstorage: {filesystem: {rootdirectory: ${join(folder, 'data')}}}\nhttp: {addr: "127.0.0.1:${port}"}\n${auth}`,
  );
  const child = spawn(program, ['serve', config], { stdio: 'ignore' });
  const gone = new Promise((resolve) => child.on('exit', resolve).on('error', resolve));
  const host = `127.0.0.1:${port}`;
  const deadline = Date.now() + PATIENCE_MS;
  while (
    !(await fetch(`http://${host}/v2/`).then(
      () => true,
      () => false,
    ))
  ) {
    if (child.exitCode !== null || Date.now() > deadline) throw new Error('docker-registry did not come up');
    await sleep(50);
  }
  return {
    host,
    blob: (repository, bytes) => putBlob(`http://${host}/v2/${repository}`, bytes),
    manifest: (repository, tag, content) => putManifest(`http://${host}/v2/${repository}`, tag, content),
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function programOf(): string | undefined {
  for (const folder of (process.env.PATH ?? '').split(':')) {
    if (existsSync(join(folder, 'docker-registry'))) return join(folder, 'docker-registry');
  }
  const cache = process.env.BERTH_CONFORMANCE_CACHE ?? join(homedir(), '.cache', 'berth', 'conformance');
  const folder = join(cache, 'docker-registry');
  const program = join(folder, 'usr', 'bin', 'docker-registry');
  if (existsSync(program)) return program;
  try {
    mkdirSync(folder, { recursive: true });
    execFileSync('apt-get', ['download', 'docker-registry'], { cwd: folder, stdio: 'ignore' });
    const [archive = ''] = readdirSync(folder).filter((name) => name.endsWith('.deb'));
    execFileSync('dpkg-deb', ['-x', archive, '.'], { cwd: folder, stdio: 'ignore' });
    return existsSync(program) ? program : undefined;
  } catch {
    return undefined;
  }
}

async function putBlob(base: string, bytes: Buffer): Promise<string> {
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  const begun = await fetch(`${base}/blobs/uploads/`, { method: 'POST' });
  const place = new URL(begun.headers.get('location') ?? '', base);
  place.searchParams.set('digest', digest);
  const headers = { 'content-type': 'application/octet-stream' };
  const put = await fetch(place, { method: 'PUT', body: new Uint8Array(bytes), headers });
  if (put.status !== 201) throw new Error(`docker-registry answers ${put.status} to a blob: ${await put.text()}`);
  return digest;
}

async function putManifest(base: string, tag: string, content: object): Promise<string> {
  const body = JSON.stringify(content);
  const type = String((content as { mediaType?: string }).mediaType);
  const put = await fetch(`${base}/manifests/${tag}`, { method: 'PUT', body, headers: { 'content-type': type } });
  if (put.status !== 201) throw new Error(`docker-registry answers ${put.status} to a manifest: ${await put.text()}`);
  return `sha256:${createHash('sha256').update(body).digest('hex')}`;
}

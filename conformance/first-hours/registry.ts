import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gunzipSync as gunzip } from 'node:zlib';

/** A package registry on loopback that has only the given tarballs, as npm asks for them. */
export interface Registry {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves the tarballs of a folder, `<scope>-<name>-<version>.tgz` of packages `@<scope>/<name>`, in the form of npm's registry API
 * (a packument with `dist-tags`, `versions` and `dist`).
 */
export async function serveTarballs(folder: string, scope: string, version: string): Promise<Registry> {
  const prefix = `${scope.slice(1)}-`;
  const tarballs = new Map(
    readdirSync(folder)
      .filter((file) => file.startsWith(prefix) && file.endsWith(`-${version}.tgz`))
      .map((file) => [file.slice(prefix.length, -`-${version}.tgz`.length), readFileSync(join(folder, file))]),
  );
  const manifests = new Map([...tarballs].map(([name, bytes]) => [name, manifestIn(bytes)]));
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '');
    const name = /^\/@[^/]+\/([^/]+)$/.exec(path)?.[1];
    const tarball = /^\/tarballs\/([^/]+)\.tgz$/.exec(path)?.[1];
    const bytes = tarballs.get(name ?? tarball ?? '');
    if (bytes === undefined) {
      response.writeHead(404).end('{}');
    } else if (tarball !== undefined) {
      response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(bytes);
    } else {
      const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
      const dist = { tarball: `${url}/tarballs/${name}.tgz`, integrity };
      const manifest = { ...manifests.get(name as string), dist };
      const body = { name: `${scope}/${name}`, 'dist-tags': { latest: version }, versions: { [version]: manifest } };
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, close: () => new Promise((resolve) => server.close(() => resolve())) };
}

/** The package.json of a tarball: `npm pack` writes plain ustar headers of 512 bytes. */
function manifestIn(tarball: Buffer): object {
  const bytes = gunzip(tarball);
  for (let at = 0; at + 512 <= bytes.length; ) {
    const name = bytes.toString('utf8', at, at + 100).replace(/\0.*$/s, '');
    const size = Number.parseInt(bytes.toString('latin1', at + 124, at + 136), 8);
    if (name === 'package/package.json') return JSON.parse(bytes.toString('utf8', at + 512, at + 512 + size)) as object;
    if (Number.isNaN(size)) break;
    at += 512 + Math.ceil(size / 512) * 512;
  }
  throw new Error('a tarball has no package.json');
}

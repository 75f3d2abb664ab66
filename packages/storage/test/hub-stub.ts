import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { type HttpFixture, serveHttp } from './http-fixture.ts';

/** A stub of the Hugging Face Hub's documented API with one model `acme/iris`. */
export interface HubStub extends HttpFixture {
  readonly commit: string;
}

export interface HubOptions {
  readonly files: Readonly<Record<string, Buffer>>;
  /** Wanted as a bearer; without it the model is public. */
  readonly token?: string;
  readonly isGated?: boolean;
  /** Tells names only. */
  readonly isTerse?: boolean;
  /** What is sent instead of a file's bytes. */
  readonly damage?: (path: string, bytes: Buffer) => Buffer;
}

/** Starts one. Large files (`.bin`) are answered by a redirect to another place on the same server, as the Hub does. */
export async function serveHub(options: HubOptions): Promise<HubStub> {
  const commit = createHash('sha1')
    .update(JSON.stringify(Object.keys(options.files)))
    .digest('hex');
  const server = await serveHttp((request, response) => {
    const url = new URL(request.url ?? '', 'http://hub');
    const refuse = (status: number, code: string) => response.writeHead(status, { 'x-error-code': code }).end('{}');
    if (url.pathname.startsWith('/cdn/')) {
      const path = decodeURIComponent(url.pathname.slice('/cdn/'.length));
      if (request.headers.authorization !== undefined && url.searchParams.get('signed') !== 'yes')
        return refuse(400, '');
      return send(response, request.headers.range, damaged(options, path));
    }
    const isAllowed = options.token === undefined || request.headers.authorization === `Bearer ${options.token}`;
    if (!isAllowed) return options.isGated === true ? refuse(403, 'GatedRepo') : refuse(401, 'RepoNotFound');
    const [, api, revision] = /^\/api\/models\/acme\/iris\/revision\/([^/]+)()$/.exec(url.pathname) ?? [];
    if (api !== undefined) {
      if (!['main', 'v1', commit].includes(decodeURIComponent(api))) return refuse(404, 'RevisionNotFound');
      return response
        .setHeader('content-type', 'application/json')
        .end(JSON.stringify(listing(options, commit, revision)));
    }
    const [, asked, name] = /^\/acme\/iris\/resolve\/([^/]+)\/(.+)$/.exec(url.pathname) ?? [];
    if (asked === undefined || name === undefined) return refuse(404, 'RepoNotFound');
    const path = decodeURIComponent(name);
    const bytes = options.files[path];
    if (asked !== commit || bytes === undefined) return refuse(404, 'EntryNotFound');
    response.setHeader('x-repo-commit', commit);
    if (!path.endsWith('.bin')) {
      response.setHeader('etag', `"${gitSha1(bytes)}"`);
      return send(response, request.headers.range, damaged(options, path));
    }
    return response
      .writeHead(302, {
        'x-linked-size': bytes.length,
        'x-linked-etag': `"${sha256(bytes)}"`,
        location: `/cdn/${encodeURIComponent(path)}?signed=yes`,
      })
      .end();
  });
  return Object.assign(server, { commit });
}

function listing(options: HubOptions, commit: string, _revision: string | undefined) {
  const siblings = Object.entries(options.files).map(([rfilename, bytes]) => {
    if (options.isTerse === true) return { rfilename };
    const lfs = rfilename.endsWith('.bin')
      ? { lfs: { sha256: sha256(bytes), size: bytes.length, pointerSize: 130 } }
      : {};
    return { rfilename, size: bytes.length, blobId: gitSha1(bytes), ...lfs };
  });
  return {
    id: 'acme/iris',
    sha: commit,
    siblings: [{ rfilename: '.gitattributes', size: 5, blobId: 'x' }, ...siblings],
  };
}

function damaged(options: HubOptions, path: string): Buffer {
  const bytes = options.files[path] as Buffer;
  return options.damage?.(path, bytes) ?? bytes;
}

function send(response: ServerResponse, range: string | undefined, bytes: Buffer): unknown {
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(range ?? '') ?? [];
  if (first === undefined) return response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
  const end = last === '' ? bytes.length : Number(last) + 1;
  return response
    .writeHead(206, {
      'content-length': end - Number(first),
      'content-range': `bytes ${first}-${end - 1}/${bytes.length}`,
    })
    .end(bytes.subarray(Number(first), end));
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function gitSha1(bytes: Buffer): string {
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
}

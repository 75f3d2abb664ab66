import { createHash } from 'node:crypto';
import { type HttpFixture, serveHttp } from './http-fixture.ts';

/** A registry on loopback with the repository `acme/iris`. */
export interface RegistryStub extends HttpFixture {
  /** `127.0.0.1:port`. */
  readonly host: string;
  /** Adds a blob or a manifest; returns its digest. */
  add(bytes: Buffer | object): string;
  /** Gives a manifest a tag. */
  tag(name: string, digest: string): void;
  /** What is sent for a digest instead. */
  damage: (digest: string, bytes: Buffer) => Buffer;
  ignoresRanges: boolean;
}

/** Starts one; with a login every pull needs a token of its own. */
export async function serveRegistry(login?: {
  readonly username: string;
  readonly password: string;
}): Promise<RegistryStub> {
  const content = new Map<string, Buffer>();
  const tags = new Map<string, string>();
  const server = await serveHttp((request, response) => {
    const url = new URL(request.url ?? '', 'http://registry');
    if (url.pathname === '/token') {
      const basic = `Basic ${Buffer.from(`${login?.username}:${login?.password}`).toString('base64')}`;
      const isKnown = request.headers.authorization === basic;
      const isAsked =
        url.searchParams.get('scope') === 'repository:acme/iris:pull' && url.searchParams.get('service') === 'stub';
      if (!isKnown || !isAsked) return response.writeHead(401).end();
      return response.end(JSON.stringify({ token: 'planted-token' }));
    }
    if (login !== undefined && request.headers.authorization !== 'Bearer planted-token') {
      const realm = `http://${request.headers.host}/token`;
      return response.writeHead(401, { 'www-authenticate': `Bearer realm="${realm}",service="stub"` }).end();
    }
    const [, kind, name = ''] = /^\/v2\/acme\/iris\/(manifests|blobs)\/(.+)$/.exec(url.pathname) ?? [];
    const digest = kind === 'manifests' ? (tags.get(name) ?? name) : name;
    const bytes = content.get(digest);
    if (kind === undefined || bytes === undefined) return response.writeHead(404).end('{}');
    const sent = stub.damage(digest, bytes);
    const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
    if (first === undefined || stub.ignoresRanges) return response.setHeader('content-length', sent.length).end(sent);
    const end = last === '' ? sent.length : Number(last) + 1;
    return response
      .writeHead(206, {
        'content-range': `bytes ${first}-${end - 1}/${sent.length}`,
        'content-length': end - Number(first),
      })
      .end(sent.subarray(Number(first), end));
  });
  const stub: RegistryStub = Object.assign(server, {
    host: new URL(server.url).host,
    add(bytes: Buffer | object) {
      const body = Buffer.isBuffer(bytes) ? bytes : Buffer.from(JSON.stringify(bytes));
      const digest = `sha256:${createHash('sha256').update(body).digest('hex')}`;
      content.set(digest, body);
      return digest;
    },
    tag: (name: string, digest: string) => void tags.set(name, digest),
    damage: (_digest: string, bytes: Buffer) => bytes,
    ignoresRanges: false,
  });
  return stub;
}

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server on loopback for one test, with what was asked of it. */
export interface HttpFixture extends AsyncDisposable {
  readonly url: string;
  readonly requests: { url: string; headers: IncomingMessage['headers'] }[];
}

/** Starts one; the handler gets the count of requests before this one. */
export async function serveHttp(
  handler: (request: IncomingMessage, response: ServerResponse, before: number) => void,
): Promise<HttpFixture> {
  const requests: HttpFixture['requests'] = [];
  const server = createServer((request, response) => {
    requests.push({ url: request.url ?? '', headers: request.headers });
    handler(request, response, requests.length - 1);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

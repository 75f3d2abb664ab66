/** `s3://` against moto. */
import { NO_CREDENTIALS } from '@berth/storage';
import { freePort } from '../../tools/free-port.ts';
import { startServer } from './child-server.ts';
import { checkCloud, OBJECTS } from './cloud-checks.ts';
import { moto } from './installs.ts';
import type { Report } from './report.ts';

/** moto with bucket `field`, filled with OBJECTS; undefined where it can not be installed. */
export async function filledMoto(): Promise<
  ({ port: number; put: (key: string, body: string | Uint8Array) => Promise<void> } & AsyncDisposable) | undefined
> {
  const command = moto();
  if (command === undefined) return undefined;
  const port = await freePort();
  const server = await startServer(command, ['-H', '127.0.0.1', '-p', String(port)], port);
  // moto takes any signature, and so none as well where it is told whose request it is.
  const authorization =
    'AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0';
  const put = async (path: string, body: string | Uint8Array) => {
    const url = `http://127.0.0.1:${port}/field${path.split('/').map(encodeURIComponent).join('/')}`;
    const headers = { authorization, 'x-amz-date': '20260101T000000Z' };
    const answer = await fetch(url, { method: 'PUT', body: Buffer.from(body as string), headers });
    if (!answer.ok) throw new Error(`PUT ${path}: ${answer.status} ${await answer.text()}`);
  };
  await put('', '');
  for (const [key, body] of Object.entries(OBJECTS)) await put(`/${key}`, body);
  return { port, put: (key, body) => put(`/${key}`, body), [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

export async function checkS3(report: Report): Promise<void> {
  await using server = await filledMoto();
  if (server === undefined) {
    report.skip('s3', 'there is no python3 to install moto with');
    return;
  }
  const env = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', AWS_DEFAULT_REGION: 'us-east-1' };
  await checkCloud(
    {
      scheme: 's3',
      uri: (path) => `s3://field/${path}`,
      missing: 's3://not-there/model',
      access: {
        credentials: { ...NO_CREDENTIALS, env },
        processEnv: { AWS_ENDPOINT_URL: `http://127.0.0.1:${server.port}` },
      },
      put: server.put,
    },
    report,
  );
}

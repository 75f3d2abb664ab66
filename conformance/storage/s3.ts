/** `s3://` against moto. */
import { NO_CREDENTIALS } from '@berth/storage';
import { freePort } from '../../tools/free-port.ts';
import { startServer } from './child-server.ts';
import { checkCloud, OBJECTS } from './cloud-checks.ts';
import { moto } from './installs.ts';
import type { Report } from './report.ts';

export async function checkS3(report: Report): Promise<void> {
  const command = moto();
  if (command === undefined) {
    report.skip('s3', 'there is no python3 to install moto with');
    return;
  }
  const port = await freePort();
  await using _server = await startServer(command, ['-H', '127.0.0.1', '-p', String(port)], port);
  const base = `http://127.0.0.1:${port}`;
  // moto takes any signature, and so none as well where it is told whose request it is.
  const authorization =
    'AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0';
  const put = async (path: string, body: string | Uint8Array) => {
    const url = `${base}/${path.split('/').map(encodeURIComponent).join('/')}`;
    const headers = { authorization, 'x-amz-date': '20260101T000000Z' };
    const answer = await fetch(url, { method: 'PUT', body: Buffer.from(body as string), headers });
    if (!answer.ok) throw new Error(`PUT ${path}: ${answer.status} ${await answer.text()}`);
  };
  await put('field', '');
  for (const [key, body] of Object.entries(OBJECTS)) await put(`field/${key}`, body);
  const env = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', AWS_DEFAULT_REGION: 'us-east-1' };
  await checkCloud(
    {
      scheme: 's3',
      uri: (path) => `s3://field/${path}`,
      missing: 's3://not-there/model',
      access: { credentials: { ...NO_CREDENTIALS, env }, processEnv: { AWS_ENDPOINT_URL: base } },
      put: (key, body) => put(`field/${key}`, body),
    },
    report,
  );
}

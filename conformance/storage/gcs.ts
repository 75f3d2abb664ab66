/** `gs://` against fake-gcs-server, anonymously, as STORAGE_EMULATOR_HOST is asked. */
import { NO_CREDENTIALS } from '@berth/storage';
import { freePort } from '../../tools/free-port.ts';
import { startServer } from './child-server.ts';
import { checkCloud, OBJECTS } from './cloud-checks.ts';
import { fakeGcsServer } from './installs.ts';
import type { Report } from './report.ts';

const BUCKET = 'kfserving-examples';

/** fake-gcs-server with that bucket, filled with OBJECTS; undefined where it can not be built. */
export async function filledGcs(): Promise<
  ({ url: string; put: (key: string, body: string | Uint8Array) => Promise<void> } & AsyncDisposable) | undefined
> {
  const command = fakeGcsServer();
  if (command === undefined) return undefined;
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const args = ['-scheme', 'http', '-host', '127.0.0.1', '-port', String(port), '-backend', 'memory'];
  const server = await startServer(command, [...args, '-external-url', url], port);
  const post = async (path: string, body: string | Uint8Array, type: string) => {
    const headers = { 'content-type': type };
    const answer = await fetch(url + path, { method: 'POST', body: Buffer.from(body as string), headers });
    if (!answer.ok) throw new Error(`POST ${path}: ${answer.status} ${await answer.text()}`);
  };
  const put = (key: string, body: string | Uint8Array) => {
    const query = `uploadType=media&name=${encodeURIComponent(key)}`;
    return post(`/upload/storage/v1/b/${BUCKET}/o?${query}`, body, 'application/octet-stream');
  };
  await post('/storage/v1/b?project=p', JSON.stringify({ name: BUCKET }), 'application/json');
  for (const [key, body] of Object.entries(OBJECTS)) await put(key, body);
  return { url, put, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

export async function checkGcs(report: Report): Promise<void> {
  await using server = await filledGcs();
  if (server === undefined) {
    report.skip('gs', 'there is no Go to build fake-gcs-server with');
    return;
  }
  await checkCloud(
    {
      scheme: 'gs',
      uri: (path) => `gs://${BUCKET}/${path}`,
      missing: 'gs://not-there/model',
      access: { credentials: NO_CREDENTIALS, processEnv: { STORAGE_EMULATOR_HOST: server.url } },
      put: server.put,
    },
    report,
  );
}

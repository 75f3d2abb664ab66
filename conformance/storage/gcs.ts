/** `gs://` against fake-gcs-server, anonymously, as STORAGE_EMULATOR_HOST is asked. */
import { NO_CREDENTIALS } from '@berth/storage';
import { freePort } from '../../tools/free-port.ts';
import { startServer } from './child-server.ts';
import { checkCloud, OBJECTS } from './cloud-checks.ts';
import { fakeGcsServer } from './installs.ts';
import type { Report } from './report.ts';

export async function checkGcs(report: Report): Promise<void> {
  const command = fakeGcsServer();
  if (command === undefined) {
    report.skip('gs', 'there is no Go to build fake-gcs-server with');
    return;
  }
  const port = await freePort();
  const base = `http://127.0.0.1:${port}`;
  const args = ['-scheme', 'http', '-host', '127.0.0.1', '-port', String(port), '-backend', 'memory'];
  await using _server = await startServer(command, [...args, '-external-url', base], port);
  const created = await fetch(`${base}/storage/v1/b?project=p`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"name": "kfserving-examples"}',
  });
  if (!created.ok) throw new Error(`the bucket could not be made: ${created.status}`);
  const put = async (key: string, body: string | Uint8Array) => {
    const query = `uploadType=media&name=${encodeURIComponent(key)}`;
    const answer = await fetch(`${base}/upload/storage/v1/b/kfserving-examples/o?${query}`, {
      method: 'POST',
      body: Buffer.from(body as string),
      headers: { 'content-type': 'application/octet-stream' },
    });
    if (!answer.ok) throw new Error(`upload of ${key}: ${answer.status} ${await answer.text()}`);
  };
  for (const [key, body] of Object.entries(OBJECTS)) await put(key, body);
  await checkCloud(
    {
      scheme: 'gs',
      uri: (path) => `gs://kfserving-examples/${path}`,
      missing: 'gs://not-there/model',
      access: { credentials: NO_CREDENTIALS, processEnv: { STORAGE_EMULATOR_HOST: base } },
      put,
    },
    report,
  );
}

/** Azure's URIs against azurite. */
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NO_CREDENTIALS } from '@berth/storage';
import { freePort } from '../../tools/free-port.ts';
import { startServer } from './child-server.ts';
import { checkCloud, OBJECTS } from './cloud-checks.ts';
import { azurite } from './installs.ts';
import type { Report } from './report.ts';

const ACCOUNT = 'devstoreaccount1';
/** The key that every emulator has. */
const KEY = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

export async function checkAzure(report: Report): Promise<void> {
  const script = azurite();
  if (script === undefined) {
    report.skip('azure', 'there is no npm to install azurite with');
    return;
  }
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'conformance-azure-'));
  const args = [script, '--blobPort', String(port), '--location', folder, '--skipApiVersionCheck', '--silent'];
  try {
    await using _server = await startServer(process.execPath, args, port);
    const endpoint = `http://127.0.0.1:${port}/${ACCOUNT}`;
    await put(`${endpoint}/models`, '?restype=container', '');
    const putBlob = (key: string, body: string | Uint8Array) => {
      const path = key.split('/').map(encodeURIComponent).join('/');
      return put(`${endpoint}/models/${path}`, '', body);
    };
    for (const [key, body] of Object.entries(OBJECTS)) await putBlob(key, body);
    const connection = `DefaultEndpointsProtocol=http;AccountName=${ACCOUNT};AccountKey=${KEY};BlobEndpoint=${endpoint};`;
    const encoded = (path: string) => path.split('/').map(encodeURIComponent).join('/');
    await checkCloud(
      {
        scheme: 'azure by its own URL',
        uri: (path) => `https://${ACCOUNT}.blob.core.windows.net/models/${encoded(path)}`,
        missing: `https://${ACCOUNT}.blob.core.windows.net/not-there/model`,
        access: { credentials: NO_CREDENTIALS, processEnv: { AZURE_STORAGE_CONNECTION_STRING: connection } },
        put: putBlob,
      },
      report,
    );
    await checkCloud(
      {
        scheme: "azure by the emulator's URL",
        uri: (path) => `${endpoint}/models/${encoded(path)}`,
        missing: `${endpoint}/not-there/model`,
        access: { credentials: NO_CREDENTIALS, processEnv: {} },
        put: putBlob,
      },
      report,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** PUT with Azure's shared key, written out here so that the server is filled by other hands than it is read with. */
async function put(url: string, query: string, body: string | Uint8Array): Promise<void> {
  const bytes = Buffer.from(body as string);
  const isContainer = query !== '';
  const date = new Date().toUTCString();
  const headers: Record<string, string> = {
    'x-ms-date': date,
    'x-ms-version': '2021-12-02',
    ...(isContainer ? {} : { 'x-ms-blob-type': 'BlockBlob' }),
  };
  const canonical = Object.keys(headers)
    .sort()
    .map((name) => `${name}:${headers[name]}\n`)
    .join('');
  const resource = `/${ACCOUNT}${new URL(url).pathname}${isContainer ? '\nrestype:container' : ''}`;
  const length = bytes.length === 0 ? '' : String(bytes.length);
  const text = `PUT\n\n\n${length}\n\n\n\n\n\n\n\n\n${canonical}${resource}`;
  const signature = createHmac('sha256', Buffer.from(KEY, 'base64')).update(text, 'utf8').digest('base64');
  const answer = await fetch(url + query, {
    method: 'PUT',
    body: bytes,
    headers: { ...headers, 'content-type': '', authorization: `SharedKey ${ACCOUNT}:${signature}` },
  });
  if (!answer.ok) throw new Error(`PUT ${url}: ${answer.status} ${await answer.text()}`);
}

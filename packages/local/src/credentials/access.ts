import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ServerIdentity } from './certificates.ts';

/** How clients are let in: made once, kept in files of mode 0600. */
export interface Access {
  readonly token: string;
  readonly identity: ServerIdentity;
}

/** Days before its end at which a certificate is made anew. */
const RENEW_DAYS = 30;

/** The token and the certificate of a state folder, made at the first start. */
export async function readOrMakeAccess(folder: string, names: readonly string[], now: Date): Promise<Access> {
  const token = readOrWrite(join(folder, 'token'), () => randomBytes(32).toString('base64url'));
  const file = join(folder, 'certificate.json');
  const known = readIdentity(file);
  if (known !== undefined && (await isGood(known, names, now))) return { token, identity: known };
  // The library is of some size and needed once.
  const { makeServerIdentity } = await import('./certificates.ts');
  const { isIP } = await import('node:net');
  const identity = await makeServerIdentity({
    names: ['localhost', ...names.filter((name) => isIP(name) === 0)],
    addresses: ['127.0.0.1', '::1', ...names.filter((name) => isIP(name) !== 0)],
    now,
  });
  writePrivate(file, JSON.stringify(identity));
  return { token, identity };
}

/** Writes the kubeconfig; JSON is YAML, too, and needs no library to be read. */
export function writeKubeconfig(file: string, access: Access, apiUrl: string): void {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'berth',
    clusters: [
      {
        name: 'berth',
        cluster: {
          server: apiUrl,
          'certificate-authority-data': Buffer.from(access.identity.authority).toString('base64'),
        },
      },
    ],
    users: [{ name: 'berth', user: { token: access.token } }],
    contexts: [{ name: 'berth', context: { cluster: 'berth', user: 'berth', namespace: 'default' } }],
    preferences: {},
  };
  writePrivate(file, `${JSON.stringify(config, null, 2)}\n`);
}

function readOrWrite(file: string, make: () => string): string {
  if (!existsSync(file)) writePrivate(file, make());
  chmodSync(file, 0o600);
  const text = readFileSync(file, 'utf8').trim();
  if (text.length < 20) throw new Error(`${file} holds no token; remove it, and a new one is made`);
  return text;
}

function readIdentity(file: string): ServerIdentity | undefined {
  try {
    const identity = JSON.parse(readFileSync(file, 'utf8')) as ServerIdentity;
    return typeof identity.key === 'string' && typeof identity.certificate === 'string' ? identity : undefined;
  } catch {
    return undefined;
  }
}

async function isGood(identity: ServerIdentity, names: readonly string[], now: Date): Promise<boolean> {
  const { X509Certificate } = await import('node:crypto');
  const certificate = new X509Certificate(identity.certificate);
  const isFresh = certificate.validToDate.getTime() - now.getTime() > RENEW_DAYS * 86_400_000;
  return (
    isFresh &&
    names.every((name) => certificate.checkHost(name) !== undefined || certificate.checkIP(name) !== undefined)
  );
}

/** As a whole or not at all, for nobody else to read. */
function writePrivate(file: string, text: string): void {
  const draft = `${file}.new`;
  writeFileSync(draft, text, { mode: 0o600 });
  chmodSync(draft, 0o600);
  renameSync(draft, file);
}

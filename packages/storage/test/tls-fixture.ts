import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, 'tls');
const read = (name: string) => readFileSync(join(folder, name), 'utf8');

/** A CA that nobody trusts, and a certificate of it for localhost, loopback, *.models.test and the clouds' own names. */
export const TEST_CA: string = read('ca.pem');
export const TEST_TLS: { readonly cert: string; readonly key: string } = {
  cert: read('server.pem'),
  key: read('server.key'),
};

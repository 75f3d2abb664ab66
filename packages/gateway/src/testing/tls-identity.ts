// The certificate library asks for it.
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** A certificate that signs itself, for `localhost` and 127.0.0.1, and its key; PEM. Valid `days` around now. */
export async function selfSigned(
  days: { readonly from: number; readonly to: number } = { from: -1, to: 1 },
): Promise<{ readonly cert: string; readonly key: string }> {
  x509.cryptoProvider.set(webcrypto as never);
  const keys = (await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
  const at = (offset: number) => new Date(Date.now() + offset * 86_400_000);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=berth gateway test',
    keys,
    notBefore: at(days.from),
    notAfter: at(days.to),
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.SubjectAlternativeNameExtension([
        { type: 'dns', value: 'localhost' },
        { type: 'ip', value: '127.0.0.1' },
      ]),
    ],
  });
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { cert: `${certificate.toString('pem')}\n`, key: `${x509.PemConverter.encode(key, 'PRIVATE KEY')}\n` };
}

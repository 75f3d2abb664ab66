import { X509Certificate } from 'node:crypto';
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import { StorageError } from '../storage-error.ts';

/**
 * What a TLS connection trusts: Node's list and NODE_EXTRA_CA_CERTS, the system's CAs (with SSL_CERT_FILE and
 * SSL_CERT_DIR), and the given PEM texts. Made once for many connections, since reading hundreds of certificates takes time.
 * @throws StorageError where a given text can not be read
 */
export function trust(caBundles: readonly string[]): SecureContext {
  const known = [...getCACertificates('default'), ...getCACertificates('system')];
  const given = caBundles.flatMap((bundle) => {
    const found = bundle.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g);
    if (found === null) throw unreadable();
    return found;
  });
  try {
    // The list of a context passes over what it can not read, so each is read on its own first.
    given.map((one) => new X509Certificate(one));
  } catch (cause) {
    throw unreadable(cause);
  }
  return createSecureContext({ ca: [...new Set([...known, ...given])] });
}

function unreadable(cause?: unknown): StorageError {
  return new StorageError(
    'AccessDenied',
    'the CA bundle of the credentials holds something that is no PEM certificate',
    {
      cause,
    },
  );
}

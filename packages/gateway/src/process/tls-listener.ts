import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { createServer, type Server } from 'node:tls';
import { StartError } from '@berth/exposure';
import type { ProtocolServers } from './protocol-servers.ts';

const HANDSHAKE_MS = 10_000;
const WAY_OUT = 'check --tls-cert and --tls-key';

/** A certificate chain and its key, PEM. */
export interface TlsIdentity {
  readonly cert: string;
  readonly key: string;
}

/**
 * Speaks TLS on connections that it is given (`emit('connection', socket)`), HTTP/2 and HTTP/1.1 by ALPN.
 * @throws StartError where certificate and key can not be used
 */
export function tlsListener({ cert, key }: TlsIdentity, protocols: ProtocolServers): Server {
  const certificate = readCertificate(cert);
  if (!certificate.checkPrivateKey(readKey(key))) {
    throw new StartError(
      `the TLS key is not the one of the certificate for ${named(certificate)}; ${WAY_OUT}: the server's own certificate comes first in its file`,
    );
  }
  try {
    const server = createServer(
      { cert, key, ALPNProtocols: ['h2', 'http/1.1'], handshakeTimeout: HANDSHAKE_MS },
      (socket) => void (socket.alpnProtocol === 'h2' ? protocols.http2 : protocols.http1).emit('connection', socket),
    );
    server.on('tlsClientError', (_error, socket) => socket.destroy());
    return server;
  } catch (error) {
    // E.g. a key that is too short for OpenSSL's level of security, or a chain that is cut.
    throw new StartError(`the TLS certificate can not be used (${(error as Error).message}); ${WAY_OUT}`, {
      cause: error,
    });
  }
}

/** What clients would refuse, though it can be served; undefined where there is nothing. */
export function tlsWarning({ cert }: TlsIdentity, now: Date): string | undefined {
  const certificate = readCertificate(cert);
  const { validFromDate, validToDate } = certificate;
  if (validToDate < now)
    return `the TLS certificate for ${named(certificate)} ran out on ${validToDate.toISOString()}: clients refuse it; give a new one with --tls-cert`;
  if (validFromDate > now)
    return `the TLS certificate for ${named(certificate)} is valid from ${validFromDate.toISOString()} only: clients refuse it until then; look at this machine's clock, too`;
  return undefined;
}

function readCertificate(cert: string): X509Certificate {
  try {
    return new X509Certificate(cert);
  } catch (error) {
    const what = cert.includes('PRIVATE KEY-----') ? ': it holds a private key' : '';
    throw new StartError(`the TLS certificate is no certificate in PEM${what}; ${WAY_OUT}`, { cause: error });
  }
}

function readKey(key: string): KeyObject {
  try {
    return createPrivateKey(key);
  } catch (error) {
    const what = key.includes('ENCRYPTED')
      ? 'is locked by a passphrase; give one without'
      : `is no private key in PEM${key.includes('-----BEGIN CERTIFICATE') ? ': it holds a certificate' : ''}`;
    throw new StartError(`the TLS key ${what}; ${WAY_OUT}`, { cause: error });
  }
}

function named(certificate: X509Certificate): string {
  return (certificate.subjectAltName ?? certificate.subject ?? 'nobody').replaceAll('\n', ', ').slice(0, 200);
}

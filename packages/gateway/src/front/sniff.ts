import type { Socket } from 'node:net';

/** What a connection speaks. */
export type Protocol = 'http1' | 'http2' | 'tls';

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const TLS_HANDSHAKE = 0x16;
const FIRST_BYTES_MS = 10_000;

/** Looks at the first bytes of a connection, puts them back, and says what it speaks. */
export function sniff(socket: Socket, onProtocol: (protocol: Protocol) => void): void {
  const late = setTimeout(() => socket.destroy(), FIRST_BYTES_MS);
  socket.once('close', () => clearTimeout(late));
  let seen: Buffer | undefined;
  const look = () => {
    const chunk = socket.read() as Buffer | null;
    if (chunk === null) return;
    seen = seen === undefined ? chunk : Buffer.concat([seen, chunk]);
    const length = Math.min(seen.length, PREFACE.length);
    const isPreface = seen.compare(PREFACE, 0, length, 0, length) === 0;
    if (isPreface && length < PREFACE.length) return;
    clearTimeout(late);
    socket.off('readable', look);
    socket.unshift(seen);
    onProtocol(isPreface ? 'http2' : seen[0] === TLS_HANDSHAKE ? 'tls' : 'http1');
  };
  socket.on('readable', look);
}

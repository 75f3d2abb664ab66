import type { Duplex } from 'node:stream';

const ANSWERS: ReadonlyMap<string, readonly [status: string, error: string]> = new Map([
  ['HPE_HEADER_OVERFLOW', ['431 Request Header Fields Too Large', 'the headers are larger than this server reads']],
  [
    'HPE_CHUNK_EXTENSIONS_OVERFLOW',
    ['413 Payload Too Large', 'the chunk extensions are larger than this server reads'],
  ],
  ['ERR_HTTP_REQUEST_TIMEOUT', ['408 Request Timeout', 'the request did not come in time']],
]);
const MALFORMED = ['400 Bad Request', 'the request is not valid HTTP/1.1'] as const;

/** Answers what Node's parser refuses, as every other error is answered, and closes the connection. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  answerAndClose(socket, ...(ANSWERS.get(error.code ?? '') ?? MALFORMED));
}

/** Answers a CONNECT, which Node would close without a word: this is no proxy. */
export function refuseConnect(socket: Duplex): void {
  socket.on('error', () => socket.destroy());
  answerAndClose(socket, '405 Method Not Allowed', 'CONNECT is for proxies, which this server is not');
}

function answerAndClose(socket: Duplex, status: string, text: string): void {
  const body = JSON.stringify({ error: text });
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}

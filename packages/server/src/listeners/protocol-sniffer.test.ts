import assert from 'node:assert/strict';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterEach, test } from 'node:test';
import { ProtocolSniffer } from './protocol-sniffer.ts';

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

/** Sends pieces one after the other; answers what was decided and all the bytes that the target saw. */
async function sniff(pieces: readonly string[], firstBytesMs = 10_000): Promise<string> {
  return new Promise((resolve) => {
    const take = (kind: string) => (socket: Socket) => {
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.on('end', () => resolve(`${kind} ${text}`));
      socket.resume();
    };
    const sniffer = new ProtocolSniffer({ http1: take('http1'), http2: take('http2'), firstBytesMs });
    const server = createServer(sniffer.accept);
    server.listen(0, '127.0.0.1', async () => {
      const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
      stops.push(() => {
        client.destroy();
        sniffer.close();
        server.close();
      });
      client.setNoDelay(true);
      client.on('error', () => undefined);
      client.on('close', () => resolve('closed'));
      client.resume();
      for (const piece of pieces) {
        client.write(piece);
        await new Promise((next) => setTimeout(next, 5));
      }
      if (pieces.length > 0 && firstBytesMs === 10_000) client.end();
    });
  });
}

test('HTTP/1.1 by its first byte', async () => {
  assert.equal(await sniff(['G', 'ET / HTTP/1.1\r\n\r\n']), 'http1 GET / HTTP/1.1\r\n\r\n');
  assert.equal(await sniff(['POST / HTTP/1.1\r\n']), 'http1 POST / HTTP/1.1\r\n');
  assert.equal(await sniff(['PRO', 'PFIND / HTTP/1.1\r\n']), 'http1 PROPFIND / HTTP/1.1\r\n');
});

test('HTTP/2 by its preface, however it is cut', async () => {
  assert.equal(await sniff([`${PREFACE}rest`]), `http2 ${PREFACE}rest`);
  assert.equal(await sniff([...PREFACE]), `http2 ${PREFACE}`);
});

test('a preface that is cut off, or silence, is closed', async () => {
  assert.equal(await sniff(['PRI * HTTP/2.0']), 'closed');
  assert.equal(await sniff([], 30), 'closed');
  assert.equal(await sniff(['PRI'], 30), 'closed');
});

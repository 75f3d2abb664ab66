import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { BadAnswer, ResponseReader } from './response-reader.ts';

interface Read {
  status: number;
  headers: string[];
  body: string;
  ended: boolean | undefined;
}

function read(bytes: Buffer, cuts: readonly number[] = [], options: { isHead?: boolean; closes?: boolean } = {}): Read {
  const seen: Read = { status: 0, headers: [], body: '', ended: undefined };
  const reader = new ResponseReader(
    {
      onHead: (status, _message, headers) => {
        seen.status = status;
        seen.headers = headers;
      },
      onData: (chunk) => {
        seen.body += chunk.toString('latin1');
      },
      onEnd: (canReuse) => {
        assert.equal(seen.ended, undefined, 'ended twice');
        seen.ended = canReuse;
      },
    },
    options.isHead ?? false,
  );
  let from = 0;
  for (const cut of [...new Set(cuts.map((one) => one % (bytes.length + 1)))].sort((left, right) => left - right)) {
    if (cut > from) reader.push(bytes.subarray(from, cut));
    from = Math.max(from, cut);
  }
  if (from < bytes.length) reader.push(bytes.subarray(from));
  if (options.closes === true) reader.end();
  return seen;
}

const answer = (text: string) => Buffer.from(text, 'latin1');

describe('framing', () => {
  const good: [string, string, object, Partial<Read>][] = [
    [
      'a length',
      'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: y\r\n\r\nhello',
      {},
      { status: 200, body: 'hello', ended: true },
    ],
    [
      'chunks',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n1\r\n!\r\n0\r\nT: r\r\n\r\n',
      {},
      { body: 'hello!', ended: true },
    ],
    ['until the end', 'HTTP/1.1 200 OK\r\n\r\nhello', { closes: true }, { body: 'hello', ended: false }],
    ['no body', 'HTTP/1.1 204 No Content\r\n\r\n', {}, { status: 204, body: '', ended: true }],
    ['HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n', { isHead: true }, { body: '', ended: true }],
    ['close', 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx', {}, { body: 'x', ended: false }],
    ['HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx', {}, { body: 'x', ended: false }],
    [
      '100 Continue first',
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx',
      {},
      { status: 200, body: 'x', ended: true },
    ],
    [
      'bytes beyond the answer',
      'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxHTTP/1.1 200',
      {},
      { body: 'x', ended: false },
    ],
  ];
  for (const [name, text, options, expected] of good) {
    test(`${name}, cut anywhere`, () => {
      fc.assert(
        fc.property(fc.array(fc.nat({ max: 500 }), { maxLength: 12 }), (cuts) => {
          const seen = read(answer(text), name.startsWith('bytes') ? [] : cuts, options);
          for (const [field, value] of Object.entries(expected)) assert.equal(seen[field as keyof Read], value, field);
        }),
      );
    });
  }
  test('headers of the connection end here', () => {
    const { headers } = read(
      answer(
        'HTTP/1.1 200 OK\r\nConnection: x\r\nKeep-Alive: 5\r\nX-Request-Id: r\r\nA: b\r\nContent-Length: 0\r\n\r\n',
      ),
    );
    assert.deepEqual(headers, ['A', 'b', 'Content-Length', '0']);
  });
});

describe('what is no answer', () => {
  const bad = [
    'HELLO\r\n\r\n',
    'HTTP/2 200 OK\r\n\r\n',
    'HTTP/1.1 2000 OK\r\n\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx',
    'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n',
    'HTTP/1.1 200 OK\r\nX : y\r\n\r\n',
    'HTTP/1.1 200 OK\r\n folded\r\n\r\n',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxx\r\n',
    'HTTP/1.1 101 Switching\r\n\r\n',
    `HTTP/1.1 200 OK\r\nX: ${'y'.repeat(70_000)}`,
  ];
  for (const text of bad)
    test(JSON.stringify(text.slice(0, 70)), () => assert.throws(() => read(answer(text)), BadAnswer));
  test('an end in the middle', () => {
    assert.throws(
      () => read(answer('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe'), [], { closes: true }),
      BadAnswer,
    );
  });
});

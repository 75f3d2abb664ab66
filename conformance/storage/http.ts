/** http(s) against a server that cuts connections, lies about lengths and ranges, changes files, and asks to wait. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FetchOptions, fetchModel, StorageError } from '@berth/storage';
import type { Checks } from './oci.ts';

const BODY = Buffer.from(Array.from({ length: 1_000_003 }, (_, index) => (index * 31 + (index >> 9)) & 255));
const OTHER = Buffer.from(BODY.map((byte) => byte ^ 255));
const PART = 128 * 1024;

/** What is wrong with an answer; the count is of requests before it. */
type Fault = (answer: Answer, before: number) => void;

interface Answer {
  body: Buffer;
  etag: string | undefined;
  knowsRanges: boolean;
  /** Bytes that are sent before the connection breaks. */
  cutAt: number | undefined;
  /** Added to the length that is announced. */
  lie: number;
  status: number | undefined;
  retryAfter: string | undefined;
  isStalled: boolean;
  bytesPerSecond: number | undefined;
}

const FAULTS: readonly (readonly [name: string, fault: Fault])[] = [
  ...[0.1, 0.5, 0.99].map(
    (share) =>
      [
        `connections that break at ${share * 100} %`,
        (answer: Answer, before: number) => {
          if (before < 12) answer.cutAt = share;
        },
      ] as const,
  ),
  [
    'no ranges, and a connection that breaks',
    (answer, before) => {
      answer.knowsRanges = false;
      if (before < 2) answer.cutAt = 0.5;
    },
  ],
  [
    'ranges that are promised and ignored',
    (answer, before) => {
      if (before > 0) answer.knowsRanges = false;
    },
  ],
  [
    'no etag, and a connection that breaks',
    (answer, before) => {
      answer.etag = undefined;
      if (before < 2) answer.cutAt = 0.7;
    },
  ],
  [
    'more bytes announced than sent',
    (answer, before) => {
      if (before < 2) answer.lie = 1000;
    },
  ],
  [
    'another file between its parts',
    (answer, before) => {
      if (before < 4) return;
      answer.body = OTHER;
      answer.etag = '"two"';
    },
  ],
  [
    '429 with Retry-After',
    (answer, before) => {
      if (before === 1) Object.assign(answer, { status: 429, retryAfter: '1' });
    },
  ],
  [
    '503 with a date to wait for',
    (answer, before) => {
      if (before === 1) Object.assign(answer, { status: 503, retryAfter: new Date(Date.now() + 1500).toUTCString() });
    },
  ],
  [
    'a connection that stalls',
    (answer, before) => {
      if (before === 1) answer.isStalled = true;
    },
  ],
  [
    'a slow line',
    (answer) => {
      answer.bytesPerSecond = 800_000;
    },
  ],
];

export async function checkHttp(checks: Checks): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'conformance-http-'));
  try {
    for (const [index, [name, fault]] of FAULTS.entries()) {
      await checks.check(`http brings the same bytes in spite of ${name}`, () =>
        served(fault, async (url, sent) => {
          const cacheFolder = join(folder, String(index));
          const { path } = await fetchModel(url, { cacheFolder, partsFromBytes: PART, stallTimeoutMs: 2000 });
          const wanted = name.startsWith('another') ? OTHER : BODY;
          assert.ok(readFileSync(path).equals(wanted));
          // Resuming is worth its name: what came is not asked for again.
          if (name.startsWith('connections')) assert.ok(sent() < BODY.length * 1.6, `${sent()} bytes were sent`);
        }),
      );
    }
    await checks.check('http gives up on a server that never gives anything, and says why', () =>
      served(
        (answer) => {
          answer.cutAt = 0;
        },
        async (url) => {
          const options: FetchOptions = { cacheFolder: join(folder, 'never'), maxAttempts: 3 };
          await assert.rejects(fetchModel(url, options), (thrown) => {
            assert.ok(thrown instanceof StorageError);
            assert.equal(thrown.reason, 'DownloadFailed');
            assert.match(thrown.message, /tried 3 times/);
            return true;
          });
        },
      ),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function served(fault: Fault, work: (url: string, sent: () => number) => Promise<void>): Promise<void> {
  let before = 0;
  let sent = 0;
  const server = createServer((request, response) => {
    const answer: Answer = {
      body: BODY,
      etag: '"one"',
      knowsRanges: true,
      cutAt: undefined,
      lie: 0,
      status: undefined,
      retryAfter: undefined,
      isStalled: false,
      bytesPerSecond: undefined,
    };
    fault(answer, before++);
    sent += send(request, response, answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}/model.bin`, () => sent);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** Answers, and returns how many bytes of a part were meant to be sent. */
function send(request: IncomingMessage, response: ServerResponse, answer: Answer): number {
  const { body, etag, status, retryAfter } = answer;
  if (status !== undefined) {
    response.writeHead(status, retryAfter === undefined ? {} : { 'retry-after': retryAfter }).end();
    return 0;
  }
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
  const isRange = answer.knowsRanges && first !== undefined && (request.headers['if-range'] ?? etag) === etag;
  const start = isRange ? Number(first) : 0;
  const end = isRange && last !== '' ? Number(last) + 1 : body.length;
  response.writeHead(isRange ? 206 : 200, {
    'accept-ranges': 'bytes',
    'content-length': end - start + answer.lie,
    ...(etag === undefined ? {} : { etag }),
    ...(isRange ? { 'content-range': `bytes ${start}-${end - 1}/${body.length}` } : {}),
  });
  const piece = body.subarray(start, end);
  if (answer.isStalled) {
    response.write(piece.subarray(0, 10));
    return 10;
  }
  if (answer.bytesPerSecond !== undefined) {
    trickle(response, piece, answer.bytesPerSecond);
    return piece.length;
  }
  const isCut = answer.cutAt !== undefined || answer.lie !== 0;
  const count = Math.floor(piece.length * (answer.cutAt ?? 1));
  if (!isCut) response.end(piece);
  else response.write(piece.subarray(0, count), () => setTimeout(() => response.destroy(), 50));
  // The whole is begun only to learn what there is.
  return isRange ? count : 0;
}

function trickle(response: ServerResponse, bytes: Buffer, bytesPerSecond: number): void {
  const step = Math.ceil(bytesPerSecond / 20);
  let at = 0;
  const timer = setInterval(() => {
    response.write(bytes.subarray(at, at + step));
    at += step;
    if (at < bytes.length) return;
    clearInterval(timer);
    response.end();
  }, 50);
  response.on('close', () => clearInterval(timer));
}

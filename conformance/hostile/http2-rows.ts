/** reliability 1.4: HTTP/2 and gRPC. */

import { once } from 'node:events';
import type { OutgoingHttpHeaders } from 'node:http2';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { field, grpcFrame, grpcStatus, http2Frame, http2Request, PREFACE } from './raw.ts';
import { residentMiB, type Target, V1, v2, type Walk } from './scene.ts';

const INFER = '/inference.GRPCInferenceService/ModelInfer';
const UNIMPLEMENTED = 12;
const INVALID_ARGUMENT = 3;

/** A tensor of iris; `shape` and `data` as they are on the wire. */
function tensor(shape: readonly (bigint | number)[], values: number, name = 'input-0', datatype = 'FP32'): Buffer {
  const data = Buffer.alloc(4 * values);
  return Buffer.concat([
    field(1, name),
    field(2, datatype),
    ...shape.map((one) => field(3, one)),
    field(5, field(6, data)),
  ]);
}

function infer(model: string, ...inputs: readonly Buffer[]): Buffer {
  return Buffer.concat([field(1, model), ...inputs.map((one) => field(5, one))]);
}

/** What leads a call to the target: the gateway takes a service by header. */
function callHeaders(target: Target, more: OutgoingHttpHeaders = {}): OutgoingHttpHeaders {
  return {
    ':method': 'POST',
    ':path': INFER,
    'content-type': 'application/grpc',
    te: 'trailers',
    ...(target.prefix === '' ? {} : { 'kserve-isvc-name': 'iris', 'kserve-isvc-namespace': 'default' }),
    ...more,
  };
}

/** gRPC calls, hostile one by one. */
export async function grpcRows(walk: Walk, target: Target): Promise<void> {
  const { name: where, port, model } = target;
  const call = async (
    what: string,
    wanted: readonly number[],
    body: Buffer,
    more: OutgoingHttpHeaders = {},
    limit = 3_000,
  ) => {
    const start = performance.now();
    const answer = await http2Request(port, callHeaders(target, more), body, 5_000);
    const took = performance.now() - start;
    const status = grpcStatus(answer);
    const told = JSON.stringify([answer.headers, answer.trailers, answer.failure]);
    walk.keep(what, told + answer.body.toString('latin1'));
    const isGood = wanted.includes(status) || wanted.includes(Number(answer.headers[':status']));
    walk.row(`1.4 ${where}: gRPC: ${what}`, isGood && took < limit, `${status} in ${Math.round(took)} ms: ${told}`);
  };
  const good = grpcFrame(infer(model, tensor([1, 4], 4)));
  await call('a good call', [0], good);
  for (const [what, shape, values] of [
    ['shape of -1', [-1], 4],
    ['shape of 2^62', [2n ** 62n, 4], 4],
    ['a product that overflows', [65536, 65536, 65536, 65536], 4],
    ['a product that is not the length', [2, 4], 4],
    ['no shape', [], 4],
    ['100,000 dimensions', Array<number>(100_000).fill(1), 1],
  ] as const) {
    await call(what, [INVALID_ARGUMENT], grpcFrame(infer(model, tensor(shape, values))));
  }
  await call('an input twice', [INVALID_ARGUMENT], grpcFrame(infer(model, tensor([1, 4], 4), tensor([1, 4], 4))));
  await call(
    'a datatype that is none',
    [INVALID_ARGUMENT],
    grpcFrame(infer(model, tensor([1, 4], 4, 'x', '__proto__'))),
  );
  for (const name of ['nobody', '__proto__', '../iris', '..', '', 'a\0b', 'x'.repeat(300)]) {
    await call(`the model "${name.slice(0, 12)}"`, [5, INVALID_ARGUMENT], grpcFrame(infer(name, tensor([1, 4], 4))));
  }
  for (const key of ['__proto__', 'constructor', 'toString']) {
    const parameter = field(4, Buffer.concat([field(1, key), field(2, field(2, 1))]));
    await call(
      `the parameter ${key}`,
      [0, INVALID_ARGUMENT],
      grpcFrame(Buffer.concat([infer(model, tensor([1, 4], 4)), parameter])),
    );
  }
  await call(
    'raw bytes that are too few',
    [INVALID_ARGUMENT],
    grpcFrame(
      Buffer.concat([
        infer(model, Buffer.concat([field(1, 'input-0'), field(2, 'FP32'), field(3, 1), field(3, 4)])),
        field(7, Buffer.alloc(3)),
      ]),
    ),
  );
  await call('bytes that are no message', [INVALID_ARGUMENT, 13], grpcFrame(Buffer.alloc(200, 0xff)));
  await call('a length that lies', [13, INVALID_ARGUMENT, 8], Buffer.concat([good.subarray(0, 5), Buffer.alloc(2)]));
  await call('no message', [13, INVALID_ARGUMENT, UNIMPLEMENTED], Buffer.alloc(0));
  await call('two messages', [13, INVALID_ARGUMENT, UNIMPLEMENTED], Buffer.concat([good, good]));
  const large = Buffer.from([0, 0xff, 0xff, 0xff, 0xff, 1]);
  await call('a message of 4 GiB', [8], large);
  await call('an unknown compression', [UNIMPLEMENTED], grpcFrame(good.subarray(5), 1), { 'grpc-encoding': 'snappy' });
  await call('compressed without an encoding', [13, INVALID_ARGUMENT, UNIMPLEMENTED], grpcFrame(good.subarray(5), 1));
  const bomb = gzipSync(Buffer.alloc(1 << 28));
  const before = residentMiB(target.pid);
  await call('a compressed bomb', [8, 413], grpcFrame(bomb, 1), { 'grpc-encoding': 'gzip' });
  walk.row(
    `1.4 ${where}: gRPC: bomb: memory`,
    residentMiB(target.pid) - before < 192,
    `${residentMiB(target.pid) - before} MiB`,
  );
  await call('a deadline of 1 ns', [4], good, { 'grpc-timeout': '1n' });
  for (const timeout of ['', '1', '-1S', '999999999999H', '1x']) {
    await call(`the deadline "${timeout}"`, [0, 3, 4, 13], good, { 'grpc-timeout': timeout });
  }
  for (const path of [
    '/inference.GRPCInferenceService/Nothing',
    '//',
    '/x/../inference.GRPCInferenceService/ModelInfer',
    '/inference.GRPCInferenceService/ModelInfer/',
    '/__proto__/constructor',
  ]) {
    await call(`the path ${path}`, [UNIMPLEMENTED, 5, 3, 400, 404], good, { ':path': path });
  }
  const slashless = await http2Request(port, callHeaders(target, { ':path': INFER.slice(1) }), good);
  // nghttp2 ends such a stream before anybody sees it.
  const isRefused = grpcStatus(slashless) === UNIMPLEMENTED || /PROTOCOL_ERROR/.test(slashless.failure ?? '');
  walk.row(`1.1 ${where}: gRPC: a path without its slash`, isRefused, JSON.stringify(slashless));
  for (const method of ['RepositoryModelLoad', 'SystemSharedMemoryRegister', 'CudaSharedMemoryRegister']) {
    await call(`${method} of what is not there`, [5, 7, UNIMPLEMENTED, 3], grpcFrame(field(2, '../../x')), {
      ':path': `/inference.GRPCInferenceService/${method}`,
    });
  }
  await call('GET', [UNIMPLEMENTED, 13, 400, 405, 415, 404], Buffer.alloc(0), { ':method': 'GET' });
  await call('another type', [415], good, { 'content-type': 'application/grpcx+json' });
  for (const [what, origin] of [
    ['Origin', { origin: 'http://evil.example' }],
    ['Sec-Fetch-Site', { 'sec-fetch-site': 'cross-site' }],
  ] as const) {
    const json = Buffer.from(V1);
    const answer = await http2Request(
      port,
      {
        ':method': 'POST',
        ':path': `${target.prefix}/v1/models/${model}:predict`,
        'content-type': 'application/json',
        ...origin,
      },
      json,
    );
    walk.row(
      `1.1 ${where}: h2c: a foreign ${what}`,
      Number(answer.headers[':status']) === 403,
      String(answer.headers[':status']),
    );
  }
}

/** Requests over h2c that HTTP/1.1 could not write. */
export async function h2cRows(walk: Walk, target: Target): Promise<void> {
  const { name: where, port, prefix, model } = target;
  const path = `${prefix}/v1/models/${model}:predict`;
  const send = async (
    what: string,
    wanted: readonly number[],
    headers: OutgoingHttpHeaders,
    body: Buffer = Buffer.from(V1),
  ) => {
    const answer = await http2Request(
      port,
      { ':method': 'POST', ':path': path, 'content-type': 'application/json', ...headers },
      body,
    );
    const status = Number(answer.headers[':status'] ?? 0);
    const text = answer.body.toString('latin1');
    walk.keep(what, text);
    walk.row(
      `1.4 ${where}: h2c: ${what}`,
      wanted.includes(status) || (wanted.includes(0) && status === 0),
      `${status} ${answer.failure ?? ''} ${text}`,
    );
  };
  await send('a good request', [200], {});
  await send('two names of a host', [400], { ':authority': 'localhost', host: 'evil.example' });
  await send('a length that lies', [400, 0], { 'content-length': '5' });
  await send('20 kB of headers', [431, 0], { 'x-big': 'a'.repeat(20_000) });
  await send(
    '120 headers',
    [431, 0],
    Object.fromEntries(Array.from({ length: 120 }, (_, index) => [`x-${index}`, '1'])),
  );
  await send('CONNECT', [400, 404, 405, 0], {
    ':method': 'CONNECT',
    ':path': undefined,
    ':authority': 'evil.example:80',
    ':scheme': undefined,
  } as never);
  await send('TRACE', [400, 404, 405, 501], { ':method': 'TRACE' }, Buffer.alloc(0));
  for (const wrong of [
    '//v2//models',
    '*',
    'http://evil.example/v2',
    '/../etc/passwd',
    '/a b',
    `${prefix}/_berth/report`,
  ]) {
    await send(`the path ${wrong}`, [400, 403, 404, 405, 0], { ':path': wrong, ':method': 'GET' }, Buffer.alloc(0));
  }
  await send('a depth of 5,000', [400], {}, Buffer.from(`{"instances":${'['.repeat(5_000)}${']'.repeat(5_000)}}`));
  await send('a gzip that is none', [400], { 'content-encoding': 'gzip' });
  await send(
    'bytes as v2',
    [400],
    { ':path': `${prefix}/v2/models/${model}/infer`, 'inference-header-content-length': '-1' },
    Buffer.from(v2()),
  );
}

/** Abuse of the protocol: the abuser is cut or held, and everybody else is served. */
export async function floodRows(walk: Walk, target: Target): Promise<void> {
  const { name: where, port, pid } = target;
  const literal = (name: string, value: string) => {
    const text = (one: string) => {
      const bytes = Buffer.from(one, 'latin1');
      if (bytes.length < 127) return Buffer.concat([Buffer.from([bytes.length]), bytes]);
      const rest = bytes.length - 127;
      const more = rest < 128 ? [rest] : [(rest % 128) + 128, rest >> 7];
      return Buffer.concat([Buffer.from([127, ...more]), bytes]);
    };
    return Buffer.concat([Buffer.from([0]), text(name), text(value)]);
  };
  const headers = Buffer.concat(
    [...Object.entries(callHeaders(target)), [':scheme', 'http'], [':authority', 'localhost']]
      .sort(([one]) => (String(one).startsWith(':') ? -1 : 1))
      .map(([name, value]) => literal(String(name), String(value))),
  );
  const floods: readonly (readonly [string, number, (index: number) => Buffer, boolean])[] = [
    [
      'rapid reset',
      100_000,
      (index) =>
        Buffer.concat([
          http2Frame(1, 4, 2 * index + 1, headers),
          http2Frame(3, 0, 2 * index + 1, Buffer.from([0, 0, 0, 8])),
        ]),
      true,
    ],
    ['PING', 1_000_000, () => http2Frame(6, 0, 0, Buffer.alloc(8)), true],
    ['SETTINGS', 1_000_000, () => http2Frame(4, 0, 0, Buffer.from([0, 4, 0, 1, 0, 0])), true],
    [
      'CONTINUATION',
      100_000,
      (index) =>
        index === 0 ? http2Frame(1, 0, 1, headers) : http2Frame(9, 0, 1, literal(`x-${index}`, 'v'.repeat(1_000))),
      true,
    ],
    [
      'HPACK bomb',
      20_000,
      (index) =>
        http2Frame(
          1,
          5,
          2 * index + 1,
          Buffer.concat([
            headers,
            index === 0
              ? Buffer.concat([Buffer.from([0x40]), literal('x-bomb', 'v'.repeat(3_900)).subarray(1)])
              : Buffer.alloc(4_000, 0xbe),
          ]),
        ),
      false,
    ],
    ['10,000 streams', 10_000, (index) => http2Frame(1, 4, 2 * index + 1, headers), false],
    ['empty DATA', 500_000, (index) => (index === 0 ? http2Frame(1, 4, 1, headers) : http2Frame(0, 0, 1)), false],
    ['WINDOW_UPDATE overflow', 10, () => http2Frame(8, 0, 0, Buffer.from([0x7f, 0xff, 0xff, 0xff])), true],
    ['PRIORITY', 500_000, (index) => http2Frame(2, 0, 2 * index + 1, Buffer.alloc(5)), false],
    ['frames of no kind', 300_000, () => http2Frame(0xee, 0, 0, Buffer.alloc(100)), false],
    ['a frame of 16 MiB', 1, () => http2Frame(0, 0, 1, Buffer.alloc(0xffffff)), true],
  ];
  for (const [what, count, make, mustClose] of floods) {
    if (process.env.FLOOD !== undefined && !what.match(process.env.FLOOD)) continue;
    const before = residentMiB(pid);
    const socket = connect(port, '127.0.0.1');
    let isClosed = false;
    let hasGoaway = false;
    socket.on('error', () => undefined);
    socket.on('close', () => {
      isClosed = true;
    });
    socket.on('data', (chunk: Buffer) => {
      if (chunk.includes(Buffer.from([7, 0, 0, 0, 0, 0]))) hasGoaway = true;
    });
    socket.write(PREFACE);
    const slowest = { ms: 0, failed: 0, asked: 0, how: '' };
    let isDone = false;
    const others = (async () => {
      while (!isDone) {
        const start = performance.now();
        const answer = await http2Request(
          port,
          callHeaders(target),
          grpcFrame(infer(target.model, tensor([1, 4], 4))),
          5_000,
        );
        slowest.ms = Math.max(slowest.ms, performance.now() - start);
        slowest.asked++;
        await sleep(20);
        if (grpcStatus(answer) === 0) continue;
        slowest.failed++;
        slowest.how = JSON.stringify([answer.headers, answer.trailers, answer.failure]);
      }
    })();
    const end = performance.now() + 4_000;
    let sent = 0;
    while (sent < count && !isClosed && performance.now() < end) {
      const batch: Buffer[] = [];
      for (let index = 0; index < 500 && sent < count; index++) batch.push(make(sent++));
      if (!socket.write(Buffer.concat(batch))) {
        const either = new AbortController();
        const signal = AbortSignal.any([either.signal, AbortSignal.timeout(4_000)]);
        await Promise.race([once(socket, 'drain', { signal }), once(socket, 'close', { signal })]).catch(
          () => undefined,
        );
        either.abort();
      } else await sleep(0);
    }
    await sleep(100);
    isDone = true;
    await others;
    const grown = residentMiB(pid) - before;
    socket.destroy();
    const told = `${sent} sent, closed ${isClosed}, GOAWAY ${hasGoaway}, ${grown.toFixed(0)} MiB, ${JSON.stringify(slowest)}`;
    const isGood = slowest.failed === 0 && grown < 128 && (!mustClose || isClosed || hasGoaway);
    walk.row(`1.4 ${where}: HTTP/2: ${what}`, isGood, told);
    if (process.env.ROWS !== undefined) console.log(`# ${where} ${what}: ${told}`);
  }
  await walk.alive(`${where} floods`, target);
  const call = await http2Request(port, callHeaders(target), grpcFrame(infer(target.model, tensor([1, 4], 4))), 5_000);
  walk.row(`${where} floods: gRPC answers after them`, grpcStatus(call) === 0, JSON.stringify(call));
  const path = `${target.prefix}/v1/models/${target.model}:predict`;
  const rest = await http2Request(
    port,
    { ':method': 'POST', ':path': path, 'content-type': 'application/json' },
    Buffer.from(V1),
    5_000,
  );
  walk.row(`${where} floods: h2c answers after them`, Number(rest.headers[':status']) === 200, JSON.stringify(rest));
}

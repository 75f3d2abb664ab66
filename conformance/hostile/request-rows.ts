/** reliability 1.4 and the parts of 1.1 and 1.3 that are requests, over HTTP/1.1. */
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import type { Json } from '../faults/api.ts';
import { exchange, message } from './raw.ts';
import { residentMiB, type Target, V1, v2, type Walk } from './scene.ts';

const JSON_TYPE = 'Content-Type: application/json';
const LIMIT = 64 * 1024 * 1024;

/** Names that are none, as a URL carries them. */
const NAMES = [
  '..%2f..%2fetc',
  '%2e%2e',
  '..',
  'a%2fb',
  'a%00b',
  'a%0d%0aX-Evil:1',
  'C:%5cx',
  '%20',
  'a%20b',
  '%252e%252e%252f',
  'x'.repeat(254),
  '__proto__',
  'constructor',
  'hasOwnProperty',
];

/** Everything of a request over HTTP/1.1. */
export async function requestRows(walk: Walk, target: Target): Promise<void> {
  await names(walk, target);
  await paths(walk, target);
  await heads(walk, target);
  await encodings(walk, target);
  await jsonBodies(walk, target);
  await tensors(walk, target);
  await binary(walk, target);
  await sites(walk, target);
  await walk.alive(`${target.name} requests`, target);
}

async function names(walk: Walk, { name: where, port, prefix }: Target): Promise<void> {
  for (const name of NAMES) {
    for (const [method, path] of [
      ['GET', `/v2/models/${name}`],
      ['GET', `/v2/models/${name}/ready`],
      ['GET', `/v2/models/${name}/config`],
      ['POST', `/v2/models/${name}/infer`],
      ['GET', `/v1/models/${name}`],
      ['POST', `/v1/models/${name}:predict`],
      ['POST', `/v2/repository/models/${name}/load`],
      ['POST', `/v2/repository/models/${name}/unload`],
    ] as const) {
      const pieces = message(method, prefix + path, [JSON_TYPE], method === 'POST' ? v2() : '');
      const refused = [400, 404, 405, 403];
      await walk.http(
        `1.1 ${where}: the name ${name.slice(0, 20)} (${method} ${path.slice(0, 60)})`,
        port,
        refused,
        pieces,
        {
          also: ({ text }) => !/^x-evil/im.test(text),
        },
      );
    }
  }
}

async function paths(walk: Walk, { name: where, port, prefix }: Target): Promise<void> {
  const lost = [400, 403, 404, 405];
  for (const path of [
    '//v2//models',
    '/v2/models/x/../y',
    '/v2/models/x;y',
    '/v2%2fmodels',
    '/v2/models/iris./ready',
    '/_berth/report',
    '/%5fberth/report',
    '/./_berth/report',
    '/v2/../_berth/report',
  ]) {
    await walk.http(`1.4 ${where}: path ${path}`, port, lost, message('GET', prefix + path, []));
  }
  for (const target of ['http://evil.example/v2/models', '*', 'evil.example:80', '/serving/../../etc/passwd']) {
    for (const method of ['GET', 'OPTIONS', 'CONNECT']) {
      await walk.http(`1.4 ${where}: ${method} ${target}`, port, lost, message(method, target, []));
    }
  }
  for (const method of ['TRACE', 'TRACK', 'PROPFIND', 'DELETE', 'PUT', 'PATCH']) {
    const pieces = message(method, `${prefix}/v2/models/iris`, ['X-Secret: planted-42']);
    await walk.http(`1.4 ${where}: ${method} echoes nothing`, port, [400, 403, 404, 405, 501], pieces, {
      also: ({ text }) => !text.includes('planted-42'),
    });
  }
}

async function heads(walk: Walk, { name: where, port, prefix, model }: Target): Promise<void> {
  const path = `${prefix}/v1/models/${model}:predict`;
  for (const [what, lines] of [
    ['CL and TE', ['Content-Length: 5', 'Transfer-Encoding: chunked']],
    ['two CL', ['Content-Length: 5', 'Content-Length: 6']],
    ['xchunked', ['Transfer-Encoding: xchunked']],
    ['chunked, identity', ['Transfer-Encoding: chunked, identity']],
    ['space before colon', ['Content-Length : 5']],
    ['folded line', ['X-A: b\r\n c', 'Content-Length: 5']],
    ['negative CL', ['Content-Length: -1']],
    ['CL in hex', ['Content-Length: 0x5']],
    ['CL with plus', ['Content-Length: +5']],
    ['NUL in a value', ['X-A: a\0b', 'Content-Length: 5']],
    ['two Hosts', ['Host: localhost', 'host: evil', 'Content-Length: 5']],
    ['bare LF', ['X-A: b\nX-B: c\nTransfer-Encoding: chunked']],
  ] as const) {
    await walk.http(`1.4 ${where}: framing: ${what}`, port, [400, 501], message('POST', path, lines, '{}{}{'));
  }
  const chunked = message('POST', path, ['Transfer-Encoding: chunked'], '');
  for (const [what, text] of [
    ['extension of 20 kB', `2;${'a'.repeat(20_000)}\r\n{}\r\n0\r\n\r\n`],
    ['size that is none', 'zz\r\n{}\r\n0\r\n\r\n'],
    ['size beyond 64 bits', 'fffffffffffffffff\r\n{}\r\n0\r\n\r\n'],
    ['bytes after a chunk', '2\r\n{}X\r\n0\r\n\r\n'],
  ] as const) {
    await walk.http(`1.4 ${where}: chunk: ${what}`, port, [400, 413], [...chunked, text]);
  }
  for (const [what, lines] of [
    ['1,501 headers', Array.from({ length: 1501 }, (_, index) => `X-${index}: 1`)],
    ['101 headers', Array.from({ length: 101 }, (_, index) => `X-${index}: 1`)],
    ['20 kB in one header', [`X-Big: ${'a'.repeat(20_000)}`]],
    ['20 kB of path', []],
  ] as const) {
    const target = what.endsWith('path') ? `/${'a'.repeat(20_000)}` : `${prefix}/v2`;
    await walk.http(`1.4 ${where}: ${what}`, port, [431, 414], message('GET', target, lines));
  }
  for (const name of [
    'X-Request-Id',
    'traceparent',
    'tracestate',
    'Accept',
    'Accept-Encoding',
    'Content-Type',
    'Host',
    'Origin',
  ]) {
    for (const letter of ['a', '-', ',', ';q=', ' ']) {
      const value = letter.repeat(Math.floor(12_000 / letter.length));
      const line = name === 'Host' ? [`Host: ${value}`] : [`${name}: ${value}`];
      const answer = await exchange(
        port,
        message('POST', path, [...(name === 'Content-Type' ? [] : [JSON_TYPE]), ...line], V1),
      );
      walk.keep(`1.3 ${name}`, answer.text);
      const holds = answer.status >= 200 && answer.status < 500 && answer.milliseconds < 500;
      walk.row(`1.3 ${where}: 12 kB of "${letter}" in ${name}`, holds, `${answer.status} in ${answer.milliseconds} ms`);
    }
  }
  const id = message('POST', path, [JSON_TYPE, 'X-Request-Id: a\tb"<script>'], V1);
  await walk.http(`1.4 ${where}: a request id that is none is not sent back`, port, [200, 400], id, {
    also: ({ text }) => !text.includes('<script>'),
  });
}

async function encodings(walk: Walk, { name: where, port, prefix, model, pid }: Target): Promise<void> {
  const path = `${prefix}/v1/models/${model}:predict`;
  const send = (what: string, wanted: readonly number[], encoding: string, body: Buffer) =>
    walk.http(
      `1.4 ${where}: ${what}`,
      port,
      wanted,
      message('POST', path, [JSON_TYPE, `Content-Encoding: ${encoding}`], body),
    );
  const plain = Buffer.from(V1);
  for (const encoding of ['gzip, gzip', 'gzip, deflate, br', 'compress', 'zstd-x', '__proto__', 'identity, gzip, br']) {
    await send(`Content-Encoding ${encoding}`, [415, 400], encoding, gzipSync(plain));
  }
  const zip = gzipSync(plain);
  await send('gzip that is none', [400], 'gzip', plain);
  await send('gzip that is cut', [400], 'gzip', zip.subarray(0, zip.length - 12));
  await send('gzip with rubbish after it', [400], 'gzip', Buffer.concat([zip, Buffer.from('rubbish')]));
  const wrong = Buffer.from(zip);
  wrong[wrong.length - 6] = (wrong[wrong.length - 6] as number) ^ 255;
  await send('gzip with a wrong CRC', [400], 'gzip', wrong);
  const zeros = Buffer.alloc(LIMIT + 4096, 0x20);
  for (const [encoding, bomb] of [
    ['gzip', gzipSync(zeros)],
    ['deflate', deflateSync(zeros)],
    ['br', brotliCompressSync(zeros)],
  ] as const) {
    const before = residentMiB(pid);
    await send(`${encoding} bomb of ${bomb.length} bytes`, [413, 400], encoding, bomb);
    const grown = residentMiB(pid) - before;
    walk.row(`1.4 ${where}: ${encoding} bomb: memory`, grown < 192, `${grown} MiB`);
  }
  const head = message('POST', path, [JSON_TYPE, `Content-Length: ${LIMIT + 1}`]);
  await walk.http(`1.4 ${where}: a length over the limit`, port, [413], head, { timeoutMs: 5_000 });
  const chunk = Buffer.concat([Buffer.from('100000\r\n'), Buffer.alloc(1 << 20, 0x20), Buffer.from('\r\n')]);
  const chunks = [...message('POST', path, [JSON_TYPE, 'Transfer-Encoding: chunked']), ...Array(70).fill(chunk)];
  await walk.http(`1.4 ${where}: chunks over the limit`, port, [413], chunks, { timeoutMs: 20_000 });
  const before = residentMiB(pid);
  const bytes = Buffer.from('1\r\n \r\n'.repeat(10_000));
  const many = [
    ...message('POST', path, [JSON_TYPE, 'Transfer-Encoding: chunked']),
    ...Array(50).fill(bytes),
    '0\r\n\r\n',
  ];
  await walk.http(`1.1 ${where}: 500,000 chunks of one byte`, port, [200, 400, 413], many, { timeoutMs: 20_000 });
  const index = [
    ...message('POST', `${prefix}/v2/repository/index`, [JSON_TYPE, 'Transfer-Encoding: chunked']),
    ...many.slice(1),
  ];
  await walk.http(`1.1 ${where}: 500,000 chunks to the index`, port, [200, 400, 403, 404, 413], index, {
    timeoutMs: 20_000,
  });
  walk.row(`1.1 ${where}: 500,000 chunks: memory`, residentMiB(pid) - before < 64, `${residentMiB(pid) - before} MiB`);
  for (const type of [
    'application/vnd.bentoml+pickle',
    'application/x-python-pickle',
    'multipart/form-data; boundary=x',
    'text/html',
    'application/json\t; a=b',
    ' application/json/',
    'application/octet-stream',
    '__proto__',
  ]) {
    const pieces = message(
      'POST',
      path,
      [`Content-Type: ${type}`, 'Payload-Container: DefaultContainer'],
      'cos\nsystem\n.',
    );
    await walk.http(`1.1 ${where}: a body of type ${type}`, port, [415, 400], pieces);
  }
}

async function jsonBodies(walk: Walk, { name: where, port, prefix, model }: Target): Promise<void> {
  const v1 = `${prefix}/v1/models/${model}:predict`;
  const infer = `${prefix}/v2/models/${model}/infer`;
  const deep = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
  const keys = Array.from({ length: 1_000_001 }, (_, index) => `"k${index}":1`).join(',');
  for (const [what, path, body] of [
    ['depth 101', v1, `{"instances":${deep(101)}}`],
    ['depth 5,000', v1, `{"instances":[[6.8,2.8,4.8,1.4]],"parameters":${deep(5_000)}}`],
    ['depth 400,000', infer, v2({}, {}).replace('{', `{"parameters":${deep(400_000)},`)],
    ['a million keys', infer, `{"parameters":{${keys}},${v2().slice(1)}`],
    ['inputs twice', infer, `{"inputs":[],${v2().slice(1)}`],
    ['instances twice', v1, '{"instances":[[1,2,3,4]],"instances":[[6.8,2.8,4.8,1.4]]}'],
    [
      'invalid UTF-8',
      v1,
      Buffer.concat([Buffer.from('{"instances":[["'), Buffer.from([0xff, 0xfe]), Buffer.from('"]]}')]),
    ],
    ['a lone surrogate', infer, v2({}, { id: 'X' }).replace('"X"', '"\\ud800"')],
    ['nothing', v1, ''],
    ['null', v1, 'null'],
    ['a number', v1, '1e999'],
    ['1e999', v1, '{"instances":[[6.8,2.8,4.8,1e999]]}'],
    ['NaN in v1', v1, '{"instances":[[6.8,2.8,4.8,NaN]]}'],
    ['cut JSON', v1, V1.slice(0, 20)],
    ['two documents', v1, V1 + V1],
    ['__proto__', v1, '{"__proto__":{"polluted":1},"instances":[{"__proto__":1}]}'],
    ['constructor.prototype', v1, '{"constructor":{"prototype":{"polluted":1}},"instances":"x"}'],
    ['instances that is an object', v1, '{"instances":{"length":1e9}}'],
    ['strings of numbers', v1, '{"instances":[["1","2","3","4"]]}'],
    ['rows of other lengths', v1, '{"instances":[[1,2,3,4],[1,2]]}'],
  ] as const) {
    const wanted = what === 'a lone surrogate' || what === 'strings of numbers' ? [200, 400] : [400];
    await walk.http(`1.4 ${where}: JSON: ${what}`, port, wanted, message('POST', path, [JSON_TYPE], body), {
      timeoutMs: 20_000,
    });
  }
  // A byte order mark may be skipped (RFC 8259, 8.1), but not read as something else.
  await walk.http(`1.4 ${where}: JSON: BOM`, port, [400, 200], message('POST', v1, [JSON_TYPE], `\ufeff${V1}`));
  for (const key of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'length']) {
    for (const [what, body] of [
      ['a tensor', v2({ name: key })],
      ['a parameter', v2({ parameters: JSON.parse(`{"${key}":1}`) }, { parameters: JSON.parse(`{"${key}":{"x":1}}`) })],
      ['an output', v2({}, { outputs: [{ name: key }] })],
      ['a datatype', v2({ datatype: key })],
    ] as const) {
      const pieces = message('POST', infer, [JSON_TYPE, `${key}: 1`], body);
      await walk.http(`1.3 ${where}: ${key} as ${what}`, port, [200, 400], pieces);
    }
    await walk.http(
      `1.3 ${where}: ${key} as a query`,
      port,
      [200, 400],
      message('POST', `${v1}?${key}=1`, [JSON_TYPE], V1),
    );
  }
  for (const [what, parameters] of [
    ['url', { url: 'http://evil.example/m' }],
    ['config', { config: '{"name":"x"}' }],
    ['a file', { 'file:../../x': 'AAAA' }],
    ['a file inside', { 'file:1/model.onnx': 'AAAA' }],
  ] as const) {
    for (const name of [model, 'other']) {
      const pieces = message(
        'POST',
        `${prefix}/v2/repository/models/${name}/load`,
        [JSON_TYPE],
        JSON.stringify({ parameters }),
      );
      await walk.http(`1.1 ${where}: load of ${name} with ${what}`, port, [400, 403, 404, 405], pieces);
    }
  }
  for (const path of [
    '/models?url=http://evil.example/x.mar',
    '/v2/systemsharedmemory/region/x/register',
    '/v2/cudasharedmemory/region/x/register',
  ]) {
    await walk.http(
      `1.1 ${where}: POST ${path}`,
      port,
      [400, 403, 404, 405, 501],
      message('POST', prefix + path, [JSON_TYPE], '{"key":"/dev/shm/x","offset":0,"byte_size":64}'),
    );
  }
  await walk.http(
    `1.4 ${where}: a model that is not there`,
    port,
    [404],
    message('POST', `${prefix}/v2/models/nobody/infer`, [JSON_TYPE], v2()),
  );
}

async function tensors(walk: Walk, { name: where, port, prefix, model }: Target): Promise<void> {
  const path = `${prefix}/v2/models/${model}/infer`;
  const bad: readonly (readonly [string, Json])[] = [
    ...[
      [-1],
      [1.5],
      ['1'],
      [2 ** 53],
      [1, -4],
      [65536, 65536, 65536],
      [4294967296, 4294967296],
      null,
      {},
      'x',
      [],
      [0],
      [null],
    ].map((shape) => [`shape ${JSON.stringify(shape)}`, { shape }] as const),
    ['shape of 100,000 dimensions', { shape: Array(100_000).fill(1) }],
    ['a product that is not the length', { shape: [2, 4] }],
    ['INT8 of 300', { datatype: 'INT8', data: [300, 1, 1, 1] }],
    ['UINT8 of -1', { datatype: 'UINT8', data: [-1, 1, 1, 1] }],
    ['BOOL of 2', { datatype: 'BOOL', data: [2, 1, 1, 1] }],
    ['FP16 of 1e9', { datatype: 'FP16', data: [1e9, 1, 1, 1] }],
    ['INT32 of 1.5', { datatype: 'INT32', data: [1.5, 1, 1, 1] }],
    ['INT64 of 2^63', { datatype: 'INT64', data: ['INT', 1, 1, 1] }],
    ['FP32 of 1e39', { data: [1e39, 1, 1, 1] }],
    ['FP64 of 1e999', { datatype: 'FP64', data: ['HUGE', 1, 1, 1] }],
    ['FP32 of text', { data: ['a', 1, 1, 1] }],
    ['FP32 of null', { data: [null, 1, 1, 1] }],
    ['FP32 of an object', { data: [{}, 1, 1, 1] }],
    ['no data', { data: undefined }],
    ['a datatype that is none', { datatype: 'FP31' }],
    ['BYTES', { datatype: 'BYTES', data: ['a', 'b', 'c', 'd'] }],
    ['no name', { name: undefined }],
    ['binary size without bytes', { data: undefined, parameters: { binary_data_size: 16 } }],
    [
      'shared memory',
      {
        data: undefined,
        parameters: {
          shared_memory_region: 'x',
          shared_memory_byte_size: 16,
          shared_memory_offset: '18446744073709551615',
        },
      },
    ],
  ];
  for (const [what, tensor] of bad) {
    const body = v2(tensor).replace('"INT"', '9223372036854775808').replace('"HUGE"', '1e999');
    await walk.http(`1.4 ${where}: tensor: ${what}`, port, [400], message('POST', path, [JSON_TYPE], body));
  }
  const one = JSON.parse(v2()).inputs[0];
  for (const [what, request] of [
    ['an input twice', { inputs: [one, one] }],
    ['an extra input', { inputs: [one, { ...one, name: 'extra' }] }],
    ['no input', { inputs: [] }],
    ['inputs that is an object', { inputs: { 0: one, length: 1 } }],
    ['an unknown output', { outputs: [{ name: 'nobody' }] }],
    ['an output twice', { outputs: [{ name: 'predict' }, { name: 'predict' }] }],
    ['outputs of null', { outputs: [null] }],
    ['an id that is a list', { id: [1] }],
    ['parameters that are a list', { parameters: [1] }],
  ] as const) {
    await walk.http(`1.4 ${where}: request: ${what}`, port, [400], message('POST', path, [JSON_TYPE], v2({}, request)));
  }
  const id = message('POST', path, [JSON_TYPE], v2({}, { id: 'a\r\nX-Evil: 1' }));
  await walk.http(`1.4 ${where}: an id with a line break makes no header`, port, [200, 400], id, {
    also: ({ text }) => !/^x-evil/im.test(text),
  });
}

async function binary(walk: Walk, { name: where, port, prefix, model }: Target): Promise<void> {
  const path = `${prefix}/v2/models/${model}/infer`;
  const values = Buffer.alloc(16);
  const head = (size: number, more: Json = {}) =>
    v2({ data: undefined, parameters: { binary_data_size: size }, ...more });
  const send = (what: string, lines: readonly string[], body: Buffer) =>
    walk.http(
      `1.4 ${where}: binary: ${what}`,
      port,
      [400],
      message('POST', path, ['Content-Type: application/octet-stream', ...lines], body),
    );
  const good = Buffer.concat([Buffer.from(head(16)), values]);
  const length = head(16).length;
  for (const value of [
    '-1',
    `${good.length + 1}`,
    '1e3',
    '',
    '0x10',
    `${length}, ${length}`,
    '18446744073709551616',
    '5',
  ]) {
    await send(`Inference-Header-Content-Length "${value}"`, [`Inference-Header-Content-Length: ${value}`], good);
  }
  await send('no Inference-Header-Content-Length', [], good);
  await send('two of them', [`Inference-Header-Content-Length: ${length}`, 'Inference-Header-Content-Length: 5'], good);
  for (const size of [15, 17, 0, -1, 2 ** 31, 2 ** 53]) {
    const text = head(size);
    await send(
      `binary_data_size ${size}`,
      [`Inference-Header-Content-Length: ${text.length}`],
      Buffer.concat([Buffer.from(text), values]),
    );
  }
  for (const [what, first] of [
    ['0xFFFFFFFF', 0xffffffff],
    ['past the end', 13],
  ] as const) {
    const bytes = Buffer.alloc(16);
    bytes.writeUInt32LE(first, 0);
    const text = head(16, { datatype: 'BYTES', shape: [1, 1] });
    await send(
      `BYTES element ${what}`,
      [`Inference-Header-Content-Length: ${text.length}`],
      Buffer.concat([Buffer.from(text), bytes]),
    );
  }
}

async function sites(walk: Walk, { name: where, port, prefix, model }: Target): Promise<void> {
  for (const line of [
    'Origin: http://evil.example',
    'Origin: null',
    'Sec-Fetch-Site: cross-site',
    'Sec-Fetch-Site: same-site',
  ]) {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      for (const path of [
        `/v2/models/${model}/infer`,
        `/v1/models/${model}:predict`,
        `/v1/models/${model}:explain`,
        `/v2/repository/models/${model}/load`,
        `/v2/repository/models/${model}/unload`,
        '/v2/repository/index',
        '/v2/logging',
      ]) {
        const pieces = message(method, prefix + path, [JSON_TYPE, line], v2());
        await walk.http(`1.1 ${where}: ${line}: ${method} ${path}`, port, [403], pieces, {
          also: ({ text }) => !/access-control-allow-origin/i.test(text),
        });
      }
    }
  }
  for (const path of [`/v2/repository/models/${model}/unload`, `/v2/repository/models/${model}/load`]) {
    for (const host of ['evil.example', `127.0.0.1.evil.example`, 'localhost.evil.example']) {
      const pieces = message('POST', prefix + path, [JSON_TYPE, `Host: ${host}`], '{}');
      await walk.http(`1.1 ${where}: Host ${host}: POST ${path}`, port, [403, 404, 421], pieces);
    }
  }
}

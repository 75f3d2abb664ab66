import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { gunzipSync, inflateSync } from 'node:zlib';
import type { Flavour } from '@berth/formats';
import { InferenceError, invalidInput, type Model } from '@berth/inference';
import { startTestServer, type TestAnswer, type TestServer } from '../http/test-server.ts';
import {
  kserveEcho,
  mlserverCodec,
  mlserverEcho,
  mlserverIris,
  tritonBroken,
  tritonIdentity,
  tritonRefusing,
  tritonSimple,
} from './models.ts';
import { type Recorded, readCurlRecording, readRecording } from './recording.ts';

/** One line of the table of deliberate differences: what we answer instead of the recorded answer, and why. */
interface Difference {
  readonly exchange: string;
  readonly status: number;
  /** Text that our body has, where the status is the recorded one. */
  readonly body?: string;
  readonly why: string;
}

const FOLDER = new URL('../../fixtures/wire/', import.meta.url);
const DIFFERENCES = JSON.parse(readFileSync(new URL('./differences.json', import.meta.url), 'utf8')) as Record<
  string,
  Difference[]
>;

interface Peer {
  readonly file: string;
  readonly flavour: Flavour;
  readonly read: (text: string) => Recorded[];
  readonly models: () => readonly { name: string; version?: string; model: Model }[];
}

const DECOUPLED = new InferenceError('UNIMPLEMENTED', 'decoupled');

const TRITON_MODELS = () => [
  { name: 'broken', version: '1', model: tritonBroken() },
  { name: 'cls', version: '3', model: tritonIdentity('cls', 'FP32', [-1, 3], ['cat', 'dog', 'bird']) },
  { name: 'custom_identity_int32', version: '1', model: tritonIdentity('custom_identity_int32', 'INT32', [-1, -1]) },
  { name: 'gen', version: '1', model: tritonRefusing(invalidInput('no text model here')) },
  { name: 'id_bool', version: '1', model: tritonIdentity('id_bool', 'BOOL', [-1, -1]) },
  { name: 'id_fp16', version: '1', model: tritonIdentity('id_fp16', 'FP16', [-1, -1]) },
  { name: 'id_fp32', version: '1', model: tritonIdentity('id_fp32', 'FP32', [-1, -1]) },
  { name: 'id_fp64', version: '1', model: tritonIdentity('id_fp64', 'FP64', [-1, -1]) },
  { name: 'id_int64', version: '1', model: tritonIdentity('id_int64', 'INT64', [-1, -1]) },
  { name: 'id_uint64', version: '1', model: tritonIdentity('id_uint64', 'UINT64', [-1, -1]) },
  { name: 'id_uint8', version: '1', model: tritonIdentity('id_uint8', 'UINT8', [-1, -1]) },
  { name: 'nobatch', version: '1', model: tritonIdentity('nobatch', 'FP32', [-1, 2]) },
  { name: 'repeat_int32', version: '1', model: tritonRefusing(DECOUPLED) },
  { name: 'simple', version: '1', model: tritonSimple('simple', 'INT32') },
  { name: 'simple_dyna_sequence', version: '1', model: tritonRefusing(invalidInput('sequence')) },
  { name: 'simple_identity', version: '1', model: tritonIdentity('simple_identity', 'BYTES', [-1, -1]) },
  { name: 'simple_int8', version: '1', model: tritonSimple('simple_int8', 'INT8') },
  { name: 'simple_sequence', version: '1', model: tritonRefusing(invalidInput('sequence')) },
  { name: 'simple_string', version: '1', model: tritonRefusing(invalidInput('strings')) },
];

const PEERS: readonly Peer[] = [
  {
    file: 'kserve-0.21-http.txt',
    flavour: 'kserve',
    read: readRecording,
    models: () => [{ name: 'echo', model: kserveEcho() }],
  },
  {
    file: 'mlserver-1.7.1-http.txt',
    flavour: 'mlserver',
    read: readRecording,
    models: () => [
      { name: 'codec', model: mlserverCodec() },
      { name: 'sk', model: mlserverIris() },
      { name: 'echo', version: 'v1', model: mlserverEcho() },
    ],
  },
  { file: 'triton-2.51-http-infer.txt', flavour: 'triton', read: readRecording, models: TRITON_MODELS },
  { file: 'triton-2.51-http-admin.txt', flavour: 'triton', read: readCurlRecording, models: TRITON_MODELS },
];

for (const peer of PEERS) {
  describe(`recorded exchanges of ${peer.file}`, () => {
    const differences = new Map(DIFFERENCES[peer.file].map((each) => [each.exchange, each]));
    const recorded = peer.read(readFileSync(new URL(peer.file, FOLDER), 'utf8'));
    let server: TestServer;
    before(async () => {
      server = await startTestServer(peer.models(), { flavour: peer.flavour });
    });
    after(() => server.stop());

    for (const exchange of recorded) {
      const difference = differences.get(exchange.name);
      it(`${exchange.name}${difference === undefined ? '' : ` (differs: ${difference.why})`}`, async () => {
        const answer = await send(server, exchange);
        const reason = mismatch(exchange, answer, peer.flavour);
        if (difference === undefined) {
          assert.equal(reason, undefined, `${reason}\nours: ${answer.status} ${answer.body}`);
          return;
        }
        assert.notEqual(reason, undefined, 'this answer is the recorded one now: take it out of differences.json');
        assert.equal(answer.status, difference.status, `${answer.body}`);
        if (difference.body !== undefined) assert.ok(answer.body.includes(difference.body), answer.body.toString());
      });
    }

    it('has no difference for an exchange that was not recorded', () => {
      const names = new Set(recorded.map((exchange) => exchange.name));
      assert.deepEqual(
        [...differences.keys()].filter((name) => !names.has(name)),
        [],
      );
    });
  });
}

function send(server: TestServer, exchange: Recorded): Promise<TestAnswer> {
  return server.request(exchange.method, exchange.path, exchange.body, Object.fromEntries(exchange.headers));
}

/**
 * How an answer differs from the recorded one; undefined where it does not. Errors are compared by status: their texts
 * say more here. Generated ids, times and counters are left out.
 */
function mismatch(exchange: Recorded, answer: TestAnswer, flavour: Flavour): string | undefined {
  if (answer.status !== exchange.status) return `status ${answer.status} instead of ${exchange.status}`;
  if (exchange.status >= 400) return undefined;
  for (const [name, value] of exchange.responseHeaders) {
    if (!COMPARED_HEADERS.has(name) && !name.startsWith('ce-')) continue;
    const ours = answer.headers[name];
    if (name === 'ce-id' || name === 'ce-requestid' || name === 'ce-time') {
      if (ours === undefined) return `header ${name} is missing`;
    } else if (ours !== value) return `header ${name}: ${ours} instead of ${value}`;
  }
  const encoding = exchange.responseHeaders.get('content-encoding');
  const exact = exchange.path.startsWith('/v2') && flavour !== 'mlserver';
  const theirs = normalized(decompressed(exchange.responseBody, encoding), exact);
  const ours = normalized(decompressed(answer.body, encoding), exact);
  return ours === theirs ? undefined : `body\n  ${ours}\ninstead of\n  ${theirs}`;
}

const COMPARED_HEADERS = new Set(['content-type', 'inference-header-content-length', 'content-encoding']);

function decompressed(body: Buffer, encoding: string | undefined): Buffer {
  if (encoding === 'gzip') return gunzipSync(body);
  return encoding === 'deflate' ? inflateSync(body) : body;
}

const NUMBER = /(?<=[[,:])-?\d+(?:\.\d+)?(?:e-?\d+)?(?=[\],}])/g;

/** A float by its value, since two shortest texts of one float may differ in the last digit; still told from an integer. */
function numberByValue(token: string): string {
  return /[.e]/.test(token) ? `float ${Number(token)}` : token;
}

/**
 * A body without what differs from run to run. Not `exact`: by the values of its numbers, where a peer's echo keeps
 * what was typed and ours has typed tensors; an index of models in any order.
 */
function normalized(body: Buffer, exact: boolean): string {
  const text = body
    .toString('latin1')
    .replace(/"(id|Ce-Id|Ce-Requestid)":\s*"(gen|[0-9a-f]{8}-[0-9a-f-]{27})"/g, '"$1":"<id>"')
    .replace(/"time":\s*"[^"]*"/, '"time":"<time>"')
    .replace(/"(ns|count|last_inference|inference_count|execution_count)":\s*\d+/g, '"$1":0');
  // Integers beyond 2^53 would not survive JSON.parse: they are compared as text.
  if (exact) return text.replace(NUMBER, numberByValue);
  if (/\d{16}/.test(text) || !/^[[{]/.test(text)) return text;
  // biome-ignore lint/suspicious/noExplicitAny: whatever a peer answered
  let value: any;
  try {
    value = JSON.parse(text);
  } catch {
    // Long bodies are cut in the recording.
    return text;
  }
  const isIndex = Array.isArray(value) && value.every((each) => typeof each?.name === 'string');
  return JSON.stringify(
    isIndex ? value.toSorted((a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1)) : value,
  );
}

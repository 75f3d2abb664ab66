import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import type { Flavour } from '@berth/formats';
import { type Datatype, InferenceError, type InferRequest } from '@berth/inference';
import { status } from '@grpc/grpc-js';
import { ModelInferRequestSchema, ModelStreamInferResponseSchema } from '../../../gen/inference_pb.ts';
import { echo, type FakeModel, fakeService } from '../../testing/fake-service.ts';
import { GrpcTestClient, INFERENCE } from '../../testing/grpc-client.ts';
import { type GrpcTestServer, startGrpcTestServer } from '../../testing/grpc-server.ts';
import { CASES, type GoldenCase, SCHEMAS } from './golden-cases.ts';
import { DIFFERENCES, NOT_REPLAYED } from './golden-differences.ts';
import { parseRecording, textFormat } from './golden-text.ts';

const RECORDINGS = [
  ['kserve', 'kserve-0.21-grpc.txt'],
  ['mlserver', 'mlserver-1.7.1-grpc.txt'],
  ['triton', 'triton-2.51-grpc.txt'],
] as const;

/** Models that act like those that were recorded. */
function models(flavour: Flavour): FakeModel[] {
  if (flavour === 'kserve') return [{ name: 'echo', infer: echo }];
  if (flavour === 'mlserver') {
    const input = { name: 'INPUT0', datatype: 'FP32' as const, shape: [-1, -1] };
    const model = { name: 'echo', version: 'v1', platform: 'x', inputs: [input], infer: failing };
    return [{ name: 'codec' }, { name: 'sk' }, model];
  }
  const simple = (name: string) => ({ name, datatype: 'INT32' as const, shape: [-1, 16] });
  const failure = () => {
    throw new InferenceError('INTERNAL', 'my failure');
  };
  const identities = ['BOOL', 'FP16', 'FP32', 'FP64', 'INT64', 'UINT64', 'UINT8'] as const;
  return [
    { name: 'broken', version: '1', infer: failure },
    { ...identity('cls', 'FP32'), version: '3' },
    identity('custom_identity_int32', 'INT32'),
    identity('gen', 'BYTES'),
    ...identities.map((datatype) => identity(`id_${datatype.toLowerCase()}`, datatype)),
    {
      name: 'simple',
      version: '1',
      platform: 'python',
      inputs: [simple('INPUT0'), simple('INPUT1')],
      outputs: [simple('OUTPUT0'), simple('OUTPUT1')],
    },
    identity('simple_identity', 'BYTES'),
  ];
}

function identity(name: string, datatype: Datatype): FakeModel {
  const labels = ['cat', 'dog', 'bird'];
  return { name, version: '1', outputs: [{ name: 'OUTPUT0', datatype, shape: [-1, -1], labels }], infer: renamed };
}

function renamed(request: InferRequest) {
  return { outputs: echo(request).outputs.map((tensor) => ({ ...tensor, name: 'OUTPUT0' })) };
}

function failing(request: InferRequest) {
  const name = request.inputs[0]?.name;
  if (name === 'boom') throw new InferenceError('INVALID_INPUT', 'boom');
  if (name === 'crash') throw new InferenceError('INTERNAL', 'crash');
  return echo(request);
}

for (const [flavour, file] of RECORDINGS) {
  describe(`recorded ${flavour}`, () => {
    const recording = parseRecording(readFileSync(new URL(`./golden/${file}`, import.meta.url), 'utf8'));
    let server: GrpcTestServer;
    let client: GrpcTestClient;
    before(async () => {
      server = await startGrpcTestServer([fakeService(models(flavour), { flavour })], {
        context: { makeId: () => 'gen' },
      });
      client = new GrpcTestClient(server.port);
    });
    after(async () => {
      client.close();
      await server.close();
    });

    for (const { name, answers } of recording) {
      const key = `${flavour}/${name}`;
      const golden = CASES[flavour].get(name);
      test(name, { skip: golden === undefined ? NOT_REPLAYED.get(key) : undefined }, async () => {
        assert.ok(golden, `${key} is neither replayed nor listed as not replayed`);
        const recorded = answers.join(' | ');
        const ours = (await replay(client, golden)).join(' | ');
        const difference = DIFFERENCES.get(key);
        if (difference === undefined) {
          if (!isSame(ours, recorded)) assert.equal(ours, recorded);
        } else {
          assert.ok(!isSame(ours, recorded), `${key}: the difference is gone; take it out of the table`);
          assert.ok(ours.includes(difference.ours), `${key}: ours is ${ours}, the table says ${difference.ours}`);
        }
      });
    }
  });
}

test('the tables name recorded exchanges only', () => {
  const names = new Set(
    RECORDINGS.flatMap(([flavour, file]) =>
      parseRecording(readFileSync(new URL(`./golden/${file}`, import.meta.url), 'utf8')).map(
        ({ name }) => `${flavour}/${name}`,
      ),
    ),
  );
  for (const key of [...DIFFERENCES.keys(), ...NOT_REPLAYED.keys()]) assert.ok(names.has(key), key);
  for (const [flavour, cases] of Object.entries(CASES))
    for (const name of cases.keys()) assert.ok(names.has(`${flavour}/${name}`), name);
});

/**
 * Whether we answer as recorded: the same message, or the same status with a text that begins as the recorded one. A
 * recorded message whose brackets are not closed was cut by the recorder.
 */
function isSame(ours: string, recorded: string): boolean {
  const open = recorded.split('{').length - recorded.split('}').length;
  const failed = /^[A-Z_]+ /.test(recorded) && !/^(OK|END) /.test(recorded);
  return ours === recorded || ((failed || open > 0) && ours.startsWith(recorded));
}

async function replay(client: GrpcTestClient, golden: GoldenCase): Promise<string[]> {
  if ('stream' in golden) {
    const { code, details, responses } = await client.exchange(
      `${INFERENCE}/ModelStreamInfer`,
      ModelInferRequestSchema,
      ModelStreamInferResponseSchema,
      golden.stream,
      golden.metadata,
    );
    const end = code === 0 ? 'END OK' : `${status[code]} ${details}`;
    return [...responses.map((response) => textFormat(ModelStreamInferResponseSchema, response)), end];
  }
  const [request, response] = SCHEMAS[golden.rpc as keyof typeof SCHEMAS];
  const result = await client.call(`${INFERENCE}/${golden.rpc}`, request, response, golden.request);
  if (result.code !== 0) return [`${status[result.code]} ${result.details}`];
  return [`OK ${textFormat(response, result.response as never)}`.trim()];
}

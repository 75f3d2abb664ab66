import type { MessageInitShape } from '@bufbuild/protobuf';
import * as pb from '../../../gen/inference_pb.ts';

/** A request of a recording, as it can be told from its name and answer. */
export type GoldenCase =
  | { readonly rpc: string; readonly request: object }
  | { readonly stream: readonly object[]; readonly metadata?: Record<string, string> };

type Infer = MessageInitShape<typeof pb.ModelInferRequestSchema>;

/** Request and answer messages by RPC. */
export const SCHEMAS = {
  ServerLive: [pb.ServerLiveRequestSchema, pb.ServerLiveResponseSchema],
  ServerReady: [pb.ServerReadyRequestSchema, pb.ServerReadyResponseSchema],
  ModelReady: [pb.ModelReadyRequestSchema, pb.ModelReadyResponseSchema],
  ServerMetadata: [pb.ServerMetadataRequestSchema, pb.ServerMetadataResponseSchema],
  ModelMetadata: [pb.ModelMetadataRequestSchema, pb.ModelMetadataResponseSchema],
  ModelInfer: [pb.ModelInferRequestSchema, pb.ModelInferResponseSchema],
  RepositoryIndex: [pb.RepositoryIndexRequestSchema, pb.RepositoryIndexResponseSchema],
  RepositoryModelLoad: [pb.RepositoryModelLoadRequestSchema, pb.RepositoryModelLoadResponseSchema],
  RepositoryModelUnload: [pb.RepositoryModelUnloadRequestSchema, pb.RepositoryModelUnloadResponseSchema],
  ModelStatistics: [pb.ModelStatisticsRequestSchema, pb.ModelStatisticsResponseSchema],
  TraceSetting: [pb.TraceSettingRequestSchema, pb.TraceSettingResponseSchema],
  LogSettings: [pb.LogSettingsRequestSchema, pb.LogSettingsResponseSchema],
} as const;

const int64 = (value: number) => ({ parameterChoice: { case: 'int64Param' as const, value: BigInt(value) } });
const text = (value: string) => ({ parameterChoice: { case: 'stringParam' as const, value } });
const flag = (value: boolean) => ({ parameterChoice: { case: 'boolParam' as const, value } });

function floats(values: readonly number[]): Buffer {
  return Buffer.from(new Float32Array(values).buffer);
}

function infer(request: Infer): GoldenCase {
  return { rpc: 'ModelInfer', request };
}

/** A request with one FP32 input of typed contents. */
function typed(modelName: string, values: readonly number[], rest: Infer = {}, input: object = {}): GoldenCase {
  const inputs = [
    {
      name: 'INPUT0',
      datatype: 'FP32',
      shape: [1n, BigInt(values.length)],
      contents: { fp32Contents: [...values] },
      ...input,
    },
  ];
  return infer({ modelName, inputs, ...rest });
}

function raw(modelName: string, datatype: string, shape: bigint[], ...rawInputContents: Buffer[]): GoldenCase {
  return infer({ modelName, inputs: [{ name: 'INPUT0', datatype, shape }], rawInputContents });
}

const BYTES = { name: 'INPUT0', datatype: 'BYTES', shape: [1n] };

/** What the KServe and MLServer recordings have in common: one recorder made both. */
const PYTHON_SERVERS: [string, GoldenCase][] = [
  ['live', { rpc: 'ServerLive', request: {} }],
  ['ready', { rpc: 'ServerReady', request: {} }],
  ['modelready', { rpc: 'ModelReady', request: { name: 'echo' } }],
  ['modelready unk', { rpc: 'ModelReady', request: { name: 'nope' } }],
  ['md', { rpc: 'ServerMetadata', request: {} }],
  ['model md', { rpc: 'ModelMetadata', request: { name: 'echo' } }],
  ['model md unk', { rpc: 'ModelMetadata', request: { name: 'nope' } }],
  ['model md version', { rpc: 'ModelMetadata', request: { name: 'echo', version: '9' } }],
  ['contents', typed('echo', [1.5, 2])],
  ['contents id', typed('echo', [1.5, 2], { id: '7' })],
  ['raw', raw('echo', 'FP32', [1n, 2n], floats([1, 2]))],
  ['bytes raw', raw('echo', 'BYTES', [1n], Buffer.from('\x02\x00\x00\x00ab'))],
  [
    'bytes contents',
    infer({ modelName: 'echo', inputs: [{ ...BYTES, contents: { bytesContents: [Buffer.from('ab')] } }] }),
  ],
  ['both', typed('echo', [1], { rawInputContents: [floats([1])] })],
  ['raw short', raw('echo', 'FP32', [1n, 2n], floats([1]))],
  ['fp16 raw', raw('echo', 'FP16', [1n, 1n], Buffer.from([0, 0x3e]))],
  ['bad dtype', typed('echo', [1], {}, { datatype: 'FLOAT' })],
  ['unk model', typed('nope', [1])],
  ['no inputs', infer({ modelName: 'echo' })],
  ['version', typed('echo', [1], { modelVersion: '9' })],
  ['boom', typed('echo', [1], {}, { name: 'boom' })],
  ['crash', typed('echo', [1], {}, { name: 'crash' })],
  ['hdr', typed('echo', [1])],
  ['params', typed('echo', [1], { parameters: { a: text('x'), b: int64(1) } })],
  ['index', { rpc: 'RepositoryIndex', request: {} }],
  ['load unk', { rpc: 'RepositoryModelLoad', request: { modelName: 'nope' } }],
  ['unload unk', { rpc: 'RepositoryModelUnload', request: { modelName: 'nope' } }],
  ['stats', { rpc: 'ModelStatistics', request: { name: 'echo' } }],
];

const TRITON: [string, GoldenCase][] = [
  ['live', { rpc: 'ServerLive', request: {} }],
  ['ready', { rpc: 'ServerReady', request: {} }],
  ['modelready unknown', { rpc: 'ModelReady', request: { name: 'nope' } }],
  ['modelready bad ver', { rpc: 'ModelReady', request: { name: 'simple', version: 'abc' } }],
  ['modelready empty', { rpc: 'ModelReady', request: {} }],
  ['server md', { rpc: 'ServerMetadata', request: {} }],
  ['model md', { rpc: 'ModelMetadata', request: { name: 'simple' } }],
  ['model md unk', { rpc: 'ModelMetadata', request: { name: 'nope' } }],
  ['index', { rpc: 'RepositoryIndex', request: {} }],
  ['index repo', { rpc: 'RepositoryIndex', request: { repositoryName: 'x' } }],
  ['load unk', { rpc: 'RepositoryModelLoad', request: { modelName: 'nope' } }],
  ['load repo', { rpc: 'RepositoryModelLoad', request: { repositoryName: 'x', modelName: 'nope' } }],
  ['unload unk', { rpc: 'RepositoryModelUnload', request: { modelName: 'nope' } }],
  ['stats unk', { rpc: 'ModelStatistics', request: { name: 'nope' } }],
  ['trace', { rpc: 'TraceSetting', request: {} }],
  ['log', { rpc: 'LogSettings', request: {} }],
  ['infer contents', typed('id_fp32', [1.5, 2], { id: '9' })],
  ['infer raw', raw('id_fp32', 'FP32', [1n, 2n], floats([1, 2]))],
  ['infer fp16 contents', typed('id_fp16', [1], {}, { datatype: 'FP16' })],
  [
    'infer fp16 no data',
    infer({ modelName: 'id_fp16', inputs: [{ name: 'INPUT0', datatype: 'FP16', shape: [1n, 1n] }] }),
  ],
  [
    'infer uint8 uint_contents 300',
    typed('id_uint8', [], {}, { datatype: 'UINT8', shape: [1n, 1n], contents: { uintContents: [300] } }),
  ],
  [
    'infer bytes contents',
    infer({
      modelName: 'simple_identity',
      inputs: [
        {
          name: 'INPUT0',
          datatype: 'BYTES',
          shape: [1n, 2n],
          contents: { bytesContents: [Buffer.from('ab'), Buffer.alloc(0)] },
        },
      ],
    }),
  ],
  ['infer both', typed('id_fp32', [1], { rawInputContents: [floats([1])] })],
  ['infer wrong contents field', typed('id_fp32', [], {}, { shape: [1n, 1n], contents: { intContents: [1] } })],
  [
    'infer two contents fields',
    typed('id_fp32', [], {}, { shape: [1n, 1n], contents: { intContents: [1], fp32Contents: [1] } }),
  ],
  ['infer raw short', raw('id_fp32', 'FP32', [1n, 2n], floats([1]))],
  ['infer raw extra', raw('id_fp32', 'FP32', [1n, 1n], floats([0]), floats([0]))],
  ['infer contents short', typed('id_fp32', [1], {}, { shape: [1n, 2n] })],
  ['infer none', infer({ modelName: 'id_fp32', inputs: [{ name: 'INPUT0', datatype: 'FP32', shape: [1n, 1n] }] })],
  ['infer unk model', typed('nope', [1])],
  ['infer empty model', typed('', [1])],
  ['infer version abc', typed('id_fp32', [1], { modelVersion: 'abc' })],
  ['infer version 7', typed('id_fp32', [1], { modelVersion: '7' })],
  ['infer bad dtype', typed('id_fp32', [1], {}, { datatype: 'FLOAT' })],
  ['infer unk output', typed('id_fp32', [1], { outputs: [{ name: 'NOPE' }] })],
  [
    'class',
    typed('cls', [0.1, 0.7, 0.2], { outputs: [{ name: 'OUTPUT0', parameters: { classification: int64(2) } }] }),
  ],
  [
    'class0',
    typed('cls', [0.1, 0.7, 0.2], { outputs: [{ name: 'OUTPUT0', parameters: { classification: int64(0) } }] }),
  ],
  [
    'class str',
    typed('cls', [0.1, 0.7, 0.2], { outputs: [{ name: 'OUTPUT0', parameters: { classification: text('2') } }] }),
  ],
  ['model err', typed('broken', [1])],
  ['triton_ param', typed('id_fp32', [1], { parameters: { triton_x: text('1') } })],
  ['custom param', typed('id_fp32', [1], { parameters: { mine: text('1') } })],
  ['stream err then ok', stream([typed('nope', [1], { id: 'e1' }), typed('id_fp32', [1], { id: 'e2' })])],
  [
    'stream non-decoupled final',
    stream([typed('id_fp32', [1], { parameters: { triton_enable_empty_final_response: flag(true) } })]),
  ],
  ['stream empty', stream([])],
  ['stream triton_grpc_error', { ...stream([typed('nope', [1])]), metadata: { triton_grpc_error: 'true' } }],
];

function stream(cases: readonly GoldenCase[]) {
  return { stream: cases.map((each) => (each as { request: object }).request) };
}

export const CASES = {
  kserve: new Map(PYTHON_SERVERS),
  mlserver: new Map(PYTHON_SERVERS),
  triton: new Map(TRITON),
} as const;

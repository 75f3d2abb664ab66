import {
  create,
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import {
  type CallOptions,
  Client,
  type ClientDuplexStream,
  credentials,
  Metadata,
  type ServiceError,
} from '@grpc/grpc-js';

export const INFERENCE = '/inference.GRPCInferenceService';

/** How a call ended. */
export interface CallResult<Response> {
  readonly code: number;
  readonly details: string;
  readonly response: Response | undefined;
  readonly trailers: ReadonlyMap<string, string>;
}

/** A client of grpc-js that speaks raw bytes, so that tests may send what no stub would. */
export class GrpcTestClient {
  readonly client: Client;

  constructor(port: number, options: Record<string, string | number> = {}) {
    this.client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
      'grpc.max_receive_message_length': -1,
      'grpc.max_send_message_length': -1,
      ...options,
    });
  }

  /** Sends the bytes of one message. */
  raw(
    path: string,
    bytes: Uint8Array,
    metadata: Record<string, string> = {},
    options: CallOptions = {},
  ): Promise<CallResult<Buffer>> {
    return new Promise((resolve) => {
      let done: { error: ServiceError | null; value: Buffer | undefined } | undefined;
      let status: { metadata: Metadata } | undefined;
      const finish = () => {
        if (done === undefined || status === undefined) return;
        const { error, value } = done;
        const trailers = new Map(Object.entries(status.metadata.getMap()).map(([name, text]) => [name, String(text)]));
        resolve({ code: error?.code ?? 0, details: error?.details ?? '', response: value, trailers });
      };
      const call = this.client.makeUnaryRequest(
        path,
        (value: Uint8Array) => Buffer.from(value),
        (value: Buffer) => value,
        bytes,
        metadataOf(metadata),
        options,
        (error, value) => {
          done = { error, value };
          finish();
        },
      );
      call.on('status', (seen) => {
        status = seen;
        finish();
      });
    });
  }

  /** Sends one message and reads one. */
  async call<Request extends DescMessage, Response extends DescMessage>(
    path: string,
    requestSchema: Request,
    responseSchema: Response,
    message: MessageInitShape<Request>,
    metadata: Record<string, string> = {},
    options: CallOptions = {},
  ): Promise<CallResult<MessageShape<Response>>> {
    const bytes = toBinary(requestSchema, create(requestSchema, message));
    const result = await this.raw(path, bytes, metadata, options);
    return {
      ...result,
      response: result.response === undefined ? undefined : fromBinary(responseSchema, result.response),
    };
  }

  stream(path: string, metadata: Record<string, string> = {}): ClientDuplexStream<Uint8Array, Buffer> {
    return this.client.makeBidiStreamRequest(
      path,
      (value: Uint8Array) => Buffer.from(value),
      (value: Buffer) => value,
      metadataOf(metadata),
    );
  }

  /** Sends messages on one stream and reads until it ends. */
  async exchange<Request extends DescMessage, Response extends DescMessage>(
    path: string,
    requestSchema: Request,
    responseSchema: Response,
    messages: readonly MessageInitShape<Request>[],
    metadata: Record<string, string> = {},
  ): Promise<{ code: number; details: string; responses: MessageShape<Response>[] }> {
    const stream = this.stream(path, metadata);
    const responses: MessageShape<Response>[] = [];
    return new Promise((resolve) => {
      stream.on('data', (bytes: Buffer) => responses.push(fromBinary(responseSchema, bytes)));
      stream.on('error', () => undefined);
      stream.on('status', (status) => resolve({ code: status.code, details: status.details, responses }));
      for (const message of messages) stream.write(toBinary(requestSchema, create(requestSchema, message)));
      stream.end();
    });
  }

  close(): void {
    this.client.close();
  }
}

function metadataOf(entries: Record<string, string>): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(entries)) metadata.set(name, value);
  return metadata;
}

import {
  create,
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import { invalidArgument } from '../errors.ts';
import { frameOf } from '../transport/framing.ts';
import type { Call, UnaryMethod } from '../transport/method.ts';

/** A unary method whose messages go through the generated code: everything but the hot path. */
export function generatedMethod<Request extends DescMessage, Response extends DescMessage>(
  request: Request,
  response: Response,
  handle: (
    message: MessageShape<Request>,
    call: Call,
  ) => MessageInitShape<Response> | Promise<MessageInitShape<Response>>,
): UnaryMethod {
  return {
    kind: 'unary',
    handle(call, bytes) {
      const answer = handle(readMessage(request, bytes), call);
      if (answer instanceof Promise) return answer.then((message) => writeMessage(response, message));
      return writeMessage(response, answer);
    },
  };
}

/** @throws GrpcError INVALID_ARGUMENT for bytes that are not such a message, also when nested too deeply. */
export function readMessage<Schema extends DescMessage>(schema: Schema, bytes: Uint8Array): MessageShape<Schema> {
  try {
    return fromBinary(schema, bytes);
  } catch {
    throw invalidArgument(`the message is not a valid ${schema.typeName}; was it cut or made for another RPC?`);
  }
}

/** A message as a gRPC frame. */
export function writeMessage<Schema extends DescMessage>(schema: Schema, message: MessageInitShape<Schema>): Buffer {
  return frameOf(toBinary(schema, create(schema, message)));
}

import { type DescFile, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { file_grpc_health_v1_health } from '../../../../gen/grpc/health/v1/health_pb.ts';
import * as v1 from '../../../../gen/grpc/reflection/v1/reflection_pb.ts';
import * as v1alpha from '../../../../gen/grpc/reflection/v1alpha/reflection_pb.ts';
import { file_inference } from '../../../../gen/inference_pb.ts';
import { file_model_repository } from '../../../../gen/model_repository_pb.ts';
import type { Replies, Requests, StreamMethod } from '../transport/method.ts';
import { StatusCode } from '../transport/status.ts';
import { readMessage, writeMessage } from './generated-method.ts';

/** The files whose services are offered. */
const ROOTS: readonly DescFile[] = [
  file_inference,
  file_model_repository,
  file_grpc_health_v1_health,
  v1.file_grpc_reflection_v1_reflection,
  v1alpha.file_grpc_reflection_v1alpha_reflection,
];

type Answer = NonNullable<MessageInitShape<typeof v1.ServerReflectionResponseSchema>['messageResponse']>;

/** `grpc.reflection.v1.ServerReflection` and its older twin v1alpha, which have the same messages. */
export function serverReflection(version: 'v1' | 'v1alpha'): StreamMethod {
  const requestSchema =
    version === 'v1' ? v1.ServerReflectionRequestSchema : (v1alpha.ServerReflectionRequestSchema as never);
  const responseSchema =
    version === 'v1' ? v1.ServerReflectionResponseSchema : (v1alpha.ServerReflectionResponseSchema as never);
  return {
    kind: 'stream',
    open: (_call, replies) => reflect(replies, requestSchema, responseSchema),
  };
}

function reflect(
  replies: Replies,
  requestSchema: typeof v1.ServerReflectionRequestSchema,
  responseSchema: typeof v1.ServerReflectionResponseSchema,
): Requests {
  return {
    message(bytes) {
      const request = readMessage(requestSchema, bytes);
      return replies.send(
        writeMessage(responseSchema, {
          validHost: request.host,
          originalRequest: request,
          messageResponse: answer(request.messageRequest),
        }),
      ) as Promise<void>;
    },
    end: () => replies.end(),
    cancelled: () => undefined,
    drain: () => replies.end(),
  };
}

function answer(question: v1.ServerReflectionRequest['messageRequest']): Answer {
  switch (question.case) {
    case 'listServices':
      return { case: 'listServicesResponse', value: { service: serviceNames().map((name) => ({ name })) } };
    case 'fileByFilename':
      return files(catalogue().byFile.get(question.value), `file ${question.value}`);
    case 'fileContainingSymbol':
      return files(catalogue().bySymbol.get(question.value), `symbol ${question.value}`);
    case 'allExtensionNumbersOfType':
      return catalogue().bySymbol.has(question.value)
        ? { case: 'allExtensionNumbersResponse', value: { baseTypeName: question.value, extensionNumber: [] } }
        : notFound(`type ${question.value}`);
    case 'fileContainingExtension':
      return notFound(`extension ${question.value.extensionNumber} of ${question.value.containingType}`);
    default:
      return failure(StatusCode.INVALID_ARGUMENT, 'the request asks for nothing');
  }
}

function files(file: DescFile | undefined, what: string): Answer {
  if (file === undefined) return notFound(what);
  const fileDescriptorProto = [file, ...dependenciesOf(file)].map((each) =>
    toBinary(FileDescriptorProtoSchema, each.proto),
  );
  return { case: 'fileDescriptorResponse', value: { fileDescriptorProto } };
}

function notFound(what: string): Answer {
  return failure(StatusCode.NOT_FOUND, `${what.slice(0, 200)} is not known`);
}

function failure(errorCode: number, errorMessage: string): Answer {
  return { case: 'errorResponse', value: { errorCode, errorMessage } };
}

/** Full names of every service offered. */
export function serviceNames(): string[] {
  return ROOTS.flatMap((file) => file.services.map((service) => service.typeName)).sort();
}

interface Catalogue {
  readonly byFile: ReadonlyMap<string, DescFile>;
  readonly bySymbol: ReadonlyMap<string, DescFile>;
}

let known: Catalogue | undefined;

/** Files by name and by every symbol in them; made at the first question, of constants only. */
function catalogue(): Catalogue {
  if (known !== undefined) return known;
  const byFile = new Map<string, DescFile>();
  const bySymbol = new Map<string, DescFile>();
  for (const file of ROOTS.flatMap((root) => [root, ...dependenciesOf(root)])) {
    byFile.set(file.proto.name, file);
    const symbols: string[] = [];
    const addMessage = (message: DescFile['messages'][number]): void => {
      symbols.push(message.typeName);
      for (const field of message.fields) symbols.push(`${message.typeName}.${field.name}`);
      for (const nested of message.nestedMessages) addMessage(nested);
      for (const nested of message.nestedEnums) symbols.push(nested.typeName);
    };
    for (const message of file.messages) addMessage(message);
    for (const each of file.enums) symbols.push(each.typeName);
    for (const service of file.services) {
      symbols.push(service.typeName);
      for (const method of service.methods) symbols.push(`${service.typeName}.${method.name}`);
    }
    for (const symbol of symbols) bySymbol.set(symbol, file);
  }
  known = { byFile, bySymbol };
  return known;
}

function dependenciesOf(file: DescFile): DescFile[] {
  return file.dependencies.flatMap((dependency) => [dependency, ...dependenciesOf(dependency)]);
}

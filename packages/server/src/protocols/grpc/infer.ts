import { InferenceError, type InferRequest, type InferResponse, invalidInput, type Parameters } from '@berth/inference';
import type { Resolved, ServedModel, Service } from '../../dataplane/types.ts';
import { whenAwake } from '../../repository/when-awake.ts';
import { applyContentTypes } from '../v2/content-types.ts';
import type { RequestedOutput } from '../v2/request.ts';
import { type GrpcContext, serviceOf } from './context.ts';
import { decodeInputs, isRaw } from './decode.ts';
import { responseMessage } from './encode.ts';
import { type GrpcHabits, habitsOf } from './flavours.ts';
import { requestedOutputs } from './requested-outputs.ts';
import type { Call, UnaryMethod } from './transport/method.ts';
import { type InferRequestMessage, readInferRequest } from './wire/infer-request.ts';
import { type InferResponseMessage, writeInferResponse } from './wire/infer-response.ts';

/** A request that is decoded and whose model is known. */
export interface PreparedInfer {
  readonly service: Service;
  readonly resolved: Resolved;
  readonly version: string | undefined;
  readonly habits: GrpcHabits;
  readonly request: InferRequest;
  /** What the request asks for by name. */
  readonly requested: readonly RequestedOutput[];
  /** The model's name as the request has it. */
  readonly name: string;
  /** Whether the request's tensors came raw. */
  readonly raw: boolean;
  readonly id: string;
  readonly decodeMs: number;
}

/** `ModelInfer`: decode, answer with the dataplane, encode; without a promise where the model needs none. */
export function modelInfer(context: GrpcContext): UnaryMethod {
  return {
    kind: 'unary',
    handle(call, bytes) {
      const service = serviceOf(context, call.headers);
      const message = readInferRequest(bytes);
      return whenAwake(service.repository, message.modelName, () => {
        const prepared = prepare(context, call, service, message);
        const answer = infer(context, prepared);
        const finish = (response: InferResponse) => {
          const frame = encode(context, prepared, response, writeInferResponse);
          if (prepared.habits.rest.eventHeaders) setCloudEventTrailers(call, prepared);
          return frame;
        };
        return answer instanceof Promise ? answer.then(finish) : finish(answer);
      });
    },
  };
}

/** @throws InferenceError or GrpcError; each failure is counted. */
export function prepare(
  context: GrpcContext,
  call: Call,
  service: Service,
  message: InferRequestMessage,
): PreparedInfer {
  const started = performance.now();
  const served = service.repository.find(message.modelName);
  const habits = habitsOf(served?.flavour ?? service.flavour);
  let version: string | undefined;
  try {
    version = requestedVersion(message.modelVersion, served, habits);
    const resolved = service.repository.resolve(message.modelName, version);
    if (habits.rest.reservedParameters !== undefined)
      refuseReserved(message.parameters, habits.rest.reservedParameters);
    const requested = requestedOutputs(message.outputs, resolved.model.metadata.defaultOutputs, habits);
    const { inputs, layout } = applyContentTypes(
      decodeInputs(message, habits, context.maxTensorBytes),
      message.parameters,
    );
    const request: InferRequest = {
      inputs,
      layout,
      outputs: requested.length === 0 ? NO_OUTPUTS : requested.map((output) => output.name),
      signal: call.signal,
      ...(message.parameters && { parameters: message.parameters }),
    };
    const id = message.id === '' && habits.makesIds ? context.makeId() : message.id;
    const raw = isRaw(message);
    const decodeMs = performance.now() - started;
    return { service, resolved, version, habits, request, requested, name: message.modelName, id, raw, decodeMs };
  } catch (error) {
    const { code } = InferenceError.from(error);
    context.dataplane.recordFailure(service, message.modelName, version, 'grpc', code);
    throw error;
  }
}

const NO_OUTPUTS: readonly string[] = [];

/** @throws InferenceError */
export function infer(context: GrpcContext, prepared: PreparedInfer): InferResponse | Promise<InferResponse> {
  const { service, name, version, request } = prepared;
  return context.dataplane.infer(service, name, version, request, 'grpc');
}

/** Encodes the answer with `write`, and counts what that and the decoding took. */
export function encode(
  context: GrpcContext,
  prepared: PreparedInfer,
  response: InferResponse,
  write: (message: InferResponseMessage) => Buffer,
  parameters?: Parameters,
): Buffer {
  const started = performance.now();
  const frame = write(responseMessage(response, prepared, parameters));
  context.dataplane.recordTransfer(prepared.resolved, prepared.decodeMs / 1e3, (performance.now() - started) / 1e3);
  return frame;
}

/** The version to ask the repository for. Triton refuses what is no whole number (its `stol` text is kept). */
export function requestedVersion(
  version: string,
  served: ServedModel | undefined,
  habits: GrpcHabits,
): string | undefined {
  if (version === '') return undefined;
  if (habits.requestVersion === 'lenient' && served?.versioned === false) return undefined;
  if (habits.requestVersion === 'integer' && !/^[0-9]{1,18}$/.test(version)) {
    throw invalidInput(
      `failed to get model version from specified version string '${version.slice(0, 100)}' (details: stol), version should be an integral value > 0`,
    );
  }
  return version;
}

function refuseReserved(parameters: Parameters | undefined, prefix: string): void {
  if (parameters === undefined) return;
  for (const name of parameters.keys()) {
    if (name.startsWith(prefix) && name !== 'triton_enable_empty_final_response') {
      throw invalidInput(
        "parameter keys starting with 'triton_' are reserved for Triton usage. Only the following keys starting with 'triton_' are allowed: triton_enable_empty_final_response",
      );
    }
  }
}

/** MLServer's CloudEvents attributes, which its gRPC server sends as trailing metadata. */
function setCloudEventTrailers(call: Call, prepared: PreparedInfer): void {
  const model = prepared.resolved.served.name;
  call.setTrailer('ce-specversion', '0.3');
  call.setTrailer('ce-source', 'io.seldon.serving.deployment.mlserver');
  call.setTrailer('ce-type', 'io.seldon.serving.inference.response');
  call.setTrailer('ce-modelid', model);
  call.setTrailer('ce-inferenceservicename', 'mlserver');
  call.setTrailer('ce-endpoint', model);
  // An id that is no header value is left out, so that it can not become another header.
  if (prepared.id === '' || !/^[\x21-\x7e]{1,1024}$/.test(prepared.id)) return;
  call.setTrailer('ce-id', prepared.id);
  call.setTrailer('ce-requestid', prepared.id);
}

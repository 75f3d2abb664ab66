import type { InferResponse, ParameterValue } from '@berth/inference';
import type { Service } from '../../dataplane/types.ts';
import { whenAwake } from '../../repository/when-awake.ts';
import { type GrpcContext, serviceOf } from './context.ts';
import { grpcError } from './errors.ts';
import { habitsOf } from './flavours.ts';
import { encode, infer, type PreparedInfer, prepare } from './infer.ts';
import type { Call, Replies, Requests, StreamMethod } from './transport/method.ts';
import { GrpcError, StatusCode } from './transport/status.ts';
import { type InferRequestMessage, readInferRequest } from './wire/infer-request.ts';
import { writeInferResponse, writeStreamResponse } from './wire/infer-response.ts';

/** Requests of one stream that are worked on at once; answers keep the order of the requests. */
const MAX_PENDING = 16;
const FINAL = 'triton_final_response';

/**
 * `ModelStreamInfer`. Triton's form: a failed request is an answer with `error_message` and the stream goes on (unless
 * the metadata `triton_grpc_error: true` asks for a status), and every answer carries `triton_final_response`.
 * MLServer's form: bare responses, and an error ends the stream.
 */
export function modelStreamInfer(context: GrpcContext): StreamMethod {
  return { kind: 'stream', open: (call, replies) => new InferStream(context, call, replies) };
}

class InferStream implements Requests {
  private readonly context: GrpcContext;
  private readonly call: Call;
  private readonly replies: Replies;
  private readonly service: Service;
  private pending = 0;
  private tail: Promise<void> = Promise.resolve();
  private wake: (() => void) | undefined;
  private over = false;

  constructor(context: GrpcContext, call: Call, replies: Replies) {
    this.context = context;
    this.call = call;
    this.replies = replies;
    this.service = serviceOf(context, call.headers);
  }

  message(bytes: Buffer): void | Promise<void> {
    const answered = this.answerLater(bytes);
    if (answered instanceof Buffer && this.pending === 0) {
      return this.replies.send(answered);
    }
    this.pending++;
    // A failure ends the stream only when its turn has come; until then nobody else listens to it.
    if (answered instanceof Promise) answered.catch(() => undefined);
    this.tail = this.tail
      .then(async () => this.replies.send(await answered))
      .catch((error) => this.replies.fail(error))
      .finally(() => {
        this.pending--;
        this.wake?.();
      });
    if (this.pending < MAX_PENDING) return undefined;
    return new Promise((resolve) => {
      this.wake = resolve;
    });
  }

  end(): void {
    this.over = true;
    this.tail.then(() => this.replies.end());
  }

  cancelled(): void {
    this.over = true;
  }

  drain(): void {
    if (this.over) return;
    this.over = true;
    this.tail.then(() =>
      this.replies.fail(new GrpcError(StatusCode.UNAVAILABLE, 'the server shuts down; open a new stream')),
    );
  }

  /** What ends the stream waits for its turn, too: the answers before it go out first. */
  private answerLater(bytes: Buffer): Buffer | Promise<Buffer> {
    try {
      return this.answer(bytes);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** The frame that answers one request; throws only what ends the stream. */
  private answer(bytes: Buffer): Buffer | Promise<Buffer> {
    const message = readInferRequest(bytes);
    const flavour = this.service.repository.find(message.modelName)?.flavour ?? this.service.flavour;
    return whenAwake(this.service.repository, message.modelName, () =>
      habitsOf(flavour).wrapsStream ? this.answerWrapped(message) : this.answerBare(message),
    );
  }

  private answerWrapped(message: InferRequestMessage): Buffer | Promise<Buffer> {
    try {
      const prepared = prepare(this.context, this.call, this.service, message);
      const response = infer(this.context, prepared);
      if (response instanceof Promise) {
        return response.then(
          (ready) => this.wrapped(prepared, ready),
          (error) => this.failed(message, error),
        );
      }
      return this.wrapped(prepared, response);
    } catch (error) {
      return this.failed(message, error);
    }
  }

  private answerBare(message: InferRequestMessage): Buffer | Promise<Buffer> {
    const prepared = prepare(this.context, this.call, this.service, message);
    const response = infer(this.context, prepared);
    const finish = (ready: InferResponse) => encode(this.context, prepared, ready, writeInferResponse);
    return response instanceof Promise ? response.then(finish) : finish(response);
  }

  private wrapped(prepared: PreparedInfer, response: InferResponse): Buffer {
    const parameters = new Map<string, ParameterValue>(response.parameters);
    parameters.set(FINAL, true);
    return encode(this.context, prepared, response, (message) => writeStreamResponse('', message), parameters);
  }

  private failed(message: InferRequestMessage, thrown: unknown): Buffer {
    const error = grpcError(thrown);
    if (this.call.headers.triton_grpc_error === 'true') throw error;
    const text = this.context.shown?.(error, this.call.path, message.id) ?? error.message;
    return writeStreamResponse(text, {
      modelName: '',
      modelVersion: '',
      id: message.id,
      outputs: [],
      style: 'raw',
    });
  }
}

import type { ErrorTable } from './error-entry.ts';

/** What a request to a model can meet: the client gets the status and the code in the header `berth-error-code`. */
export const REQUEST_ERRORS = {
  INVALID_INPUT: {
    what: 'The request does not fit the protocol or the model.',
    todo: 'Compare the request with the sample that `berth inspect` prints for the model, or with its metadata at `/v2/models/NAME`; the message names the field, tensor or row.',
    status: 400,
    terse: 'the request does not fit the protocol or the model',
  },
  UNAUTHENTICATED: {
    what: 'The server asks for a key, and the request has none or one that it does not know.',
    todo: 'Send `Authorization: Bearer KEY` with a key of the server’s key file (`berth predict --api-key KEY`).',
    status: 401,
  },
  FORBIDDEN: {
    what: 'The caller is known or is a web page, and may not do this.',
    todo: 'Ask who runs the server for the right, or to list the page’s origin; loading and unloading by name is refused beyond loopback without `--model-control`.',
    status: 403,
  },
  NOT_FOUND: {
    what: 'There is no such model, version or path here.',
    todo: 'List what is served: `GET /v1/models`, `POST /v2/repository/index`, or `berth get isvc`. Names are case-sensitive.',
    status: 404,
    terse: 'there is no such model, version or path here',
  },
  METHOD_NOT_ALLOWED: {
    what: 'The path exists and takes another method.',
    todo: 'Use a method of the answer’s `Allow` header; predictions are POST requests.',
    status: 405,
  },
  TOO_LARGE: {
    what: 'The request or its answer is larger than the server allows.',
    todo: 'Send fewer rows at a time, or start the server with a larger `--max-body-size`.',
    status: 413,
    terse: 'the request or its answer is larger than the server allows',
  },
  UNSUPPORTED_MEDIA: {
    what: 'The body has a content type or a content encoding that the server does not read.',
    todo: 'Send `Content-Type: application/json`, uncompressed or with an encoding of the answer’s `Accept-Encoding` header.',
    status: 415,
  },
  NOT_READY: {
    what: 'The model or the server is there and can not answer yet, or no longer.',
    todo: 'Wait as long as `Retry-After` says and try again; `berth describe isvc NAME` or the server’s log tells why it is not ready.',
    status: 503,
    terse: 'the model is not ready',
  },
  OVERLOADED: {
    what: 'More requests came at once than the server works on and queues.',
    todo: 'Wait as long as `Retry-After` says; raise `--max-queue`, `--workers` or the service’s `maxReplicas` where it happens often.',
    status: 503,
  },
  DEADLINE: {
    what: 'There was no answer in the time that the client or the service gave.',
    todo: 'Send fewer rows at a time, or raise the service’s `timeout` or the client’s deadline. Berth never sends such a request again by itself.',
    status: 504,
    terse: 'there was no answer in time',
  },
  CANCELLED: {
    what: 'The client went away before the answer.',
    todo: 'Nothing on the server’s side; look for a timeout in the client or in a proxy between.',
    status: 499,
  },
  UNIMPLEMENTED: {
    what: 'The peer’s protocol has this call, and Berth does not offer it.',
    todo: 'The message names what is offered instead; the page of the protocol lists all differences.',
    status: 501,
  },
  INTERNAL: {
    what: 'Something went wrong inside the server.',
    todo: 'The server’s log has the cause under the request’s id (header `x-request-id`); please report it with that line.',
    status: 500,
    terse: 'internal error; the server log has the cause',
  },
} as const satisfies ErrorTable;

import { readFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http2';
import { InferenceError } from '@berth/inference';
import { type ApiKeys, KeyFileError, parseApiKeys } from './api-keys.ts';
import { StartError } from './start-error.ts';

/** HTTP paths that need no key: what a load balancer or a kubelet asks. */
const OPEN_PATHS = new Set(['/', '/v2/health/live', '/v2/health/ready']);
/** gRPC methods that need no key, for the same reason. */
const OPEN_METHODS = new Set([
  '/inference.GRPCInferenceService/ServerLive',
  '/inference.GRPCInferenceService/ServerReady',
  '/grpc.health.v1.Health/Check',
]);

/** Why a request may not go on. */
export interface Refusal {
  readonly status: 401;
  readonly error: string;
}

export interface Authorizer {
  /** Looks at an HTTP request; undefined lets it go on. Only GET and HEAD of the open paths go without a key. */
  http(method: string | undefined, path: string, authorization: string | undefined): Refusal | undefined;
  /** Looks at a gRPC call. @throws InferenceError UNAUTHENTICATED */
  grpc(path: string, headers: IncomingHttpHeaders): void;
}

/** Asks every call for a key of `keys` as `Authorization: Bearer <key>`. */
export function createAuthorizer(keys: ApiKeys): Authorizer {
  const refusal = (authorization: string | undefined): string | undefined => {
    if (authorization === undefined) return 'this server needs an API key: send it as "Authorization: Bearer <key>"';
    const token = bearerToken(authorization);
    if (token === undefined) return 'the Authorization header must be "Bearer <key>"';
    return keys.nameOf(token) === undefined ? 'this API key is not known' : undefined;
  };
  return {
    http(method, path, authorization) {
      if (OPEN_PATHS.has(path) && (method === 'GET' || method === 'HEAD')) return undefined;
      const error = refusal(authorization);
      return error === undefined ? undefined : { status: 401, error };
    },
    grpc(path, headers) {
      if (OPEN_METHODS.has(path)) return;
      const error = refusal(headers.authorization);
      if (error !== undefined) throw new InferenceError('UNAUTHENTICATED', error);
    },
  };
}

/** Longest header that is looked at: keys are about 50 characters. */
const MAX_HEADER = 4_096;

function bearerToken(authorization: string): string | undefined {
  if (authorization.length > MAX_HEADER || authorization.slice(0, 7).toLowerCase() !== 'bearer ') return undefined;
  const token = authorization.slice(7).trim();
  return token === '' ? undefined : token;
}

/** @throws StartError where the file can not be read or is no key file */
export function loadAuthorizer(path: string): Authorizer {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new StartError(`the API key file ${path} can not be read (${code}); check --api-key-file`, {
      cause: error,
      code: 'KeyFileRefused',
    });
  }
  try {
    return createAuthorizer(parseApiKeys(text));
  } catch (error) {
    if (error instanceof KeyFileError)
      throw new StartError(`the API key file ${path}: ${error.message}`, { code: 'KeyFileRefused' });
    throw error;
  }
}

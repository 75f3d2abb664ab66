import { CloudFailure } from '@berth/storage';

interface AzureError extends Error {
  readonly code?: string;
  readonly statusCode?: number;
  readonly response?: { readonly headers?: { get(name: string): string | undefined } };
}

/** An error of the SDK as the store understands it; what never had an answer stays as it is. */
export function cloudFailure(thrown: unknown): unknown {
  if (!(thrown instanceof Error) || thrown.name === 'CloudFailure') return thrown;
  const error = thrown as AzureError;
  if (error.statusCode === undefined) return thrown;
  const headers = error.response?.headers;
  const seconds = Number(headers?.get('retry-after') ?? Number.NaN);
  const code = headers?.get('x-ms-error-code') ?? error.code ?? '';
  // The error itself is not kept as the cause: it holds the request with its headers.
  return new CloudFailure(code, `status ${error.statusCode}`, {
    status: error.statusCode,
    ...(Number.isFinite(seconds) ? { retryAfterSeconds: Math.min(60, Math.max(0, seconds)) } : {}),
  });
}

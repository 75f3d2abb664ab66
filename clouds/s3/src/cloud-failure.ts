import { CloudFailure } from '@berth/storage';

interface AwsError extends Error {
  readonly Code?: string;
  readonly Region?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly statusCode?: number; readonly headers?: Readonly<Record<string, string>> };
  readonly $retryable?: unknown;
}

/** An error of the SDK as the store understands it; what never had an answer stays as it is. */
export function cloudFailure(thrown: unknown, isAnonymous: boolean): unknown {
  if (!(thrown instanceof Error)) return thrown;
  const error = thrown as AwsError;
  const status = error.$metadata?.httpStatusCode ?? error.$response?.statusCode;
  if (status === undefined) return thrown;
  const region = error.Region ?? error.$response?.headers?.['x-amz-bucket-region'];
  const seconds = Number(error.$response?.headers?.['retry-after'] ?? Number.NaN);
  const code = error.Code ?? error.name;
  // An answer that is not S3's: a page for people, or JSON.
  const isForeign = code === 'SyntaxError' || code === 'TypeError' || (status !== undefined && status < 300);
  return new CloudFailure(isForeign ? 'NotS3' : code, error.message, {
    status,
    ...(Number.isFinite(seconds) ? { retryAfterSeconds: Math.min(60, Math.max(0, seconds)) } : {}),
    details: { ...(region === undefined ? {} : { region }), ...(isAnonymous ? { anonymous: 'true' } : {}) },
  });
}

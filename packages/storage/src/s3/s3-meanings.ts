import type { CloudFailure } from '../remote/cloud-client.ts';
import type { Meaning } from '../remote/explain.ts';

const NO_KEYS: Meaning = {
  reason: 'AccessDenied',
  words:
    'it is not public, and there are no S3 credentials: put AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY into a Secret of the ServiceAccount',
};
const EXPIRED: Meaning = {
  reason: 'AccessDenied',
  words: 'the credentials have expired; put new ones into the Secret',
};
const SKEWED: Meaning = {
  reason: 'AccessDenied',
  words: "this machine's clock and the server's differ too much; set the clock",
  isTransient: true,
};
const BUSY: Meaning = { reason: 'DownloadFailed', words: 'it is overloaded and asks to wait', isTransient: true };
const BROKEN: Meaning = { reason: 'DownloadFailed', words: 'it failed by itself', isTransient: true };

/** Codes of S3's REST API, and of those who speak it. */
const CODES: ReadonlyMap<string, Meaning> = new Map([
  ['NoSuchBucket', { reason: 'NotFound', words: 'there is no such bucket' }],
  ['NoSuchKey', { reason: 'NotFound', words: 'the object is gone' }],
  ['InvalidBucketName', { reason: 'InvalidStorageUri', words: 'S3 allows no bucket of that name' }],
  ['AccessDenied', { reason: 'AccessDenied', words: 'access is denied: the credentials may not list or read it' }],
  ['Forbidden', { reason: 'AccessDenied', words: 'access is denied: the credentials may not list or read it' }],
  ['AllAccessDisabled', { reason: 'AccessDenied', words: 'all access to it is disabled' }],
  ['AccountProblem', { reason: 'AccessDenied', words: 'its account has a problem' }],
  ['InvalidAccessKeyId', { reason: 'AccessDenied', words: 'the server does not know this access key id' }],
  ['SignatureDoesNotMatch', { reason: 'AccessDenied', words: 'the secret access key is not the one of its id' }],
  ['InvalidToken', { reason: 'AccessDenied', words: 'the session token is not valid' }],
  ['InvalidSecurity', { reason: 'AccessDenied', words: 'the credentials are not valid' }],
  ['ExpiredToken', EXPIRED],
  ['ExpiredTokenException', EXPIRED],
  ['TokenRefreshRequired', EXPIRED],
  ['RequestExpired', EXPIRED],
  ['RequestTimeTooSkewed', SKEWED],
  ['RequestInTheFuture', SKEWED],
  ['InvalidObjectState', { reason: 'AccessDenied', words: 'the object is archived; restore it first' }],
  ['PreconditionFailed', { reason: 'ObjectChanged', words: 'an object has changed since it was listed' }],
  ['InvalidRange', { reason: 'ObjectChanged', words: 'an object is shorter than when it was listed' }],
  ['SlowDown', BUSY],
  ['ServiceUnavailable', BUSY],
  ['RequestLimitExceeded', BUSY],
  ['ThrottlingException', BUSY],
  ['InternalError', BROKEN],
  ['RequestTimeout', BROKEN],
]);
/** What tells that the bucket lies in another region. */
const REGION_CODES: ReadonlySet<string> = new Set([
  'PermanentRedirect',
  'TemporaryRedirect',
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
]);

/** What S3 means by a code. */
export function s3Meaning(region: string): (failure: CloudFailure) => Meaning | undefined {
  return ({ code, status, details }) => {
    if (REGION_CODES.has(code) || status === 301) {
      const right = details.region;
      const hint = /^[a-z0-9-]{1,40}$/.test(right ?? '')
        ? `the bucket is in region ${right}`
        : 'the bucket is in another region';
      return { reason: 'AccessDenied', words: `${hint}, not ${region}; set serving.kserve.io/s3-region` };
    }
    if (details.anonymous === 'true' && (status === 401 || status === 403)) return NO_KEYS;
    return CODES.get(code);
  };
}

import type { CloudFailure } from '../remote/cloud-client.ts';
import type { Meaning } from '../remote/explain.ts';

const KEY =
  'put the key of a service account into a Secret of the ServiceAccount, as gcloud-application-credentials.json';
const CODES: ReadonlyMap<string, Meaning> = new Map([
  ['conditionNotMet', { reason: 'ObjectChanged', words: 'an object has changed since it was listed' }],
  ['rangeIgnored', { reason: 'DownloadFailed', words: 'it sent the whole object instead of a part' }],
  ['notGcs', { reason: 'DownloadFailed', words: 'what answers there is not Google Cloud Storage' }],
  ['userProjectMissing', { reason: 'AccessDenied', words: 'its owner lets the requester pay, which is not supported' }],
  ['accountDisabled', { reason: 'AccessDenied', words: 'its account is disabled' }],
  ['rateLimitExceeded', { reason: 'DownloadFailed', words: 'it is asked too often', isTransient: true }],
  [
    'invalid_grant',
    {
      reason: 'AccessDenied',
      words: 'Google does not accept the key: it was deleted, has expired, or the clock of this machine is wrong',
    },
  ],
  ['invalid_client', { reason: 'AccessDenied', words: 'Google does not know the client of the credentials' }],
  ['unusableKey', { reason: 'AccessDenied', words: 'the key of the service account can not be read' }],
]);

/** What Google means by an answer. */
export function gcsMeaning(isAnonymous: boolean): (failure: CloudFailure) => Meaning | undefined {
  return ({ code, status }) => {
    const known = CODES.get(code);
    if (known !== undefined) return known;
    if (status === 404) return { reason: 'NotFound', words: 'there is no such bucket or object' };
    if (status !== 401 && status !== 403) return undefined;
    const words = isAnonymous
      ? `it is not public, and there are no credentials: ${KEY}`
      : status === 401
        ? `the credentials are not accepted: ${KEY}`
        : 'access is denied: the service account may not list or read it (it needs Storage Object Viewer)';
    return { reason: 'AccessDenied', words };
  };
}

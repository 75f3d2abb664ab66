import type { CloudFailure } from '../remote/cloud-client.ts';
import type { Meaning } from '../remote/explain.ts';

const NEEDED =
  'put AZURE_STORAGE_ACCESS_KEY, or AZURE_CLIENT_ID, AZURE_CLIENT_SECRET and AZURE_TENANT_ID, into a Secret of the ServiceAccount';
const ROLE = 'access is denied: it needs the role Storage Blob Data Reader';
const SECRET = "Entra does not accept the service principal's secret: it is wrong or has expired";
const BUSY: Meaning = { reason: 'DownloadFailed', words: 'it is overloaded and asks to wait', isTransient: true };
const BROKEN: Meaning = { reason: 'DownloadFailed', words: 'it failed by itself', isTransient: true };

/** Codes of the Blob service's REST API, and of Entra where tokens come from. */
const CODES: ReadonlyMap<string, Meaning> = new Map([
  ['ContainerNotFound', { reason: 'NotFound', words: 'there is no such container' }],
  ['ContainerBeingDeleted', { reason: 'NotFound', words: 'the container is being deleted' }],
  ['BlobNotFound', { reason: 'NotFound', words: 'the blob is gone' }],
  ['AccountIsDisabled', { reason: 'AccessDenied', words: 'the storage account is disabled' }],
  [
    'AuthorizationFailure',
    { reason: 'AccessDenied', words: `${ROLE}, or the account's firewall refuses this machine` },
  ],
  ['AuthorizationPermissionMismatch', { reason: 'AccessDenied', words: ROLE }],
  ['InsufficientAccountPermissions', { reason: 'AccessDenied', words: ROLE }],
  [
    'KeyBasedAuthenticationNotPermitted',
    { reason: 'AccessDenied', words: 'the storage account takes no access keys; use a service principal' },
  ],
  ['BlobArchived', { reason: 'AccessDenied', words: 'the blob is archived; rehydrate it first' }],
  ['ConditionNotMet', { reason: 'ObjectChanged', words: 'a blob has changed since it was listed' }],
  ['InvalidRange', { reason: 'ObjectChanged', words: 'a blob is shorter than when it was listed' }],
  ['ServerBusy', BUSY],
  ['OperationTimedOut', BROKEN],
  ['InternalError', BROKEN],
  ['AADSTS7000215', { reason: 'AccessDenied', words: SECRET }],
  ['AADSTS7000222', { reason: 'AccessDenied', words: SECRET }],
  ['AADSTS700016', { reason: 'AccessDenied', words: 'Entra does not know the client id in that tenant' }],
  ['AADSTS90002', { reason: 'AccessDenied', words: 'Entra does not know the tenant id' }],
  ['invalid_client', { reason: 'AccessDenied', words: SECRET }],
  ['invalid_request', { reason: 'AccessDenied', words: 'Entra does not accept the client id or the tenant id' }],
]);
const REFUSED: ReadonlySet<string> = new Set(['AuthenticationFailed', 'InvalidAuthenticationInfo']);
const PRIVATE: ReadonlySet<string> = new Set([
  'PublicAccessNotPermitted',
  'NoAuthenticationInformation',
  'ResourceNotFound',
]);

/** What Azure means by an answer. */
export function azureMeaning(isAnonymous: boolean): (failure: CloudFailure) => Meaning | undefined {
  return ({ code, status }) => {
    const known = CODES.get(code);
    if (known !== undefined) return known;
    // A private container says to strangers that it is not there.
    if (isAnonymous && (PRIVATE.has(code) || status === 401 || status === 403)) {
      return {
        reason: 'AccessDenied',
        words: `it is not public (or not there), and there are no credentials: ${NEEDED}`,
      };
    }
    if (REFUSED.has(code)) {
      const words = `the credentials are not accepted: the key, token or signature is wrong or has expired, or this machine's clock is off`;
      return { reason: 'AccessDenied', words };
    }
    if (code.startsWith('AADSTS')) {
      return { reason: 'AccessDenied', words: `Entra does not accept the service principal (${code})` };
    }
    return undefined;
  };
}

import { CloudFailure, type Egress } from '@berth/storage';
import { GoogleAuth, type JWTInput } from 'google-auth-library';

const SCOPE = 'https://www.googleapis.com/auth/devstorage.read_only';

/**
 * Headers that authorise reading, by Google's own library: a service account's key, a login, or a federated identity;
 * tokens are kept until they expire. The library's requests go out as the download's do.
 */
export function createAuthorizer(
  credentials: Readonly<Record<string, unknown>>,
  egress: Egress,
): () => Promise<Readonly<Record<string, string>>> {
  const auth = new GoogleAuth({
    credentials: credentials as JWTInput,
    scopes: [SCOPE],
    clientOptions: { transporterOptions: { agent: egress.https, timeout: 20_000 } },
  });
  return async () => {
    try {
      const client = await auth.getClient();
      const token = await client.getAccessToken();
      return { authorization: `Bearer ${token.token}` };
    } catch (thrown) {
      throw failureOf(thrown);
    }
  };
}

interface GaxiosLike extends Error {
  readonly status?: number;
  readonly response?: { readonly status?: number; readonly data?: { readonly error?: unknown } };
}

/** Google's answer by its code; what never had an answer stays as it is, but for keys that could not be used. */
function failureOf(thrown: unknown): unknown {
  if (!(thrown instanceof Error)) return thrown;
  const { response } = thrown as GaxiosLike;
  if (response?.status !== undefined) {
    const code = typeof response.data?.error === 'string' ? response.data.error : '';
    // The error itself is not kept as the cause: it holds the request, and that the signed key.
    return new CloudFailure(code, 'the token was refused', { status: response.status });
  }
  const { code } = thrown as NodeJS.ErrnoException;
  const isOfKey = code?.startsWith('ERR_OSSL') === true || /key|pem|json|credential/i.test(thrown.message);
  return isOfKey && thrown.cause === undefined ? new CloudFailure('unusableKey', 'the key can not be used') : thrown;
}

import { readFile } from 'node:fs/promises';
import type { Egress } from '../network/egress.ts';
import { CloudFailure } from '../remote/cloud-client.ts';
import { explain } from '../remote/explain.ts';
import { httpRequest, textOf } from '../remote/http-request.ts';
import type { AzureCredential } from './azure-config.ts';

/** A token and when it ends, in milliseconds since 1970. */
export interface TimedToken {
  readonly token: string;
  readonly expiresOnTimestamp: number;
}

const SCOPE = 'https://storage.azure.com/.default';
const ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/**
 * Buys tokens for a service principal by OAuth's client credentials, as Entra documents them, and keeps each until five
 * minutes before its end. Microsoft's identity library would bring 10 MB for this one request.
 */
export function principalTokens(
  principal: Extract<AzureCredential, { kind: 'principal' }>,
  egress: Egress,
  options: { readonly stallMs: number; readonly now: () => number },
): () => Promise<TimedToken> {
  let kept: TimedToken | undefined;
  return async () => {
    if (kept !== undefined && kept.expiresOnTimestamp - options.now() > 300_000) return kept;
    kept = await buy(principal, egress, options);
    return kept;
  };
}

async function buy(
  principal: Extract<AzureCredential, { kind: 'principal' }>,
  egress: Egress,
  options: { readonly stallMs: number; readonly now: () => number },
): Promise<TimedToken> {
  const url = new URL(`${principal.authority}/${encodeURIComponent(principal.tenant)}/oauth2/v2.0/token`);
  const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: principal.client, scope: SCOPE });
  if (principal.secret !== undefined) form.set('client_secret', principal.secret);
  else {
    form.set('client_assertion_type', ASSERTION);
    form.set('client_assertion', (await readFile(principal.tokenFile as string, 'utf8')).trim());
  }
  const body = form.toString();
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': String(Buffer.byteLength(body)),
    accept: 'application/json',
  };
  const { stallMs } = options;
  const response = await httpRequest(url, { egress, stallMs, signal: undefined, body, headers }).catch((thrown) => {
    throw explain(thrown, url.origin, () => undefined);
  });
  const answer = readAnswer(await textOf(response));
  if (response.statusCode === 200 && typeof answer.access_token === 'string') {
    const seconds = Number(answer.expires_in ?? 3600);
    return { token: answer.access_token, expiresOnTimestamp: options.now() + seconds * 1000 };
  }
  // 7-digit codes of Entra say more than OAuth's, e.g. an expired secret.
  const detail = /^AADSTS\d{4,9}/.exec(String(answer.error_description ?? ''))?.[0];
  const code = detail ?? (typeof answer.error === 'string' ? answer.error : 'EntraRefused');
  throw new CloudFailure(code, 'the token was refused', { status: response.statusCode });
}

interface TokenAnswer {
  readonly access_token?: unknown;
  readonly expires_in?: unknown;
  readonly error?: unknown;
  readonly error_description?: unknown;
}

function readAnswer(text: string): TokenAnswer {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? (parsed as TokenAnswer) : {};
  } catch {
    return {};
  }
}

import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type RemoteAccess, setting } from '../remote/remote-access.ts';
import { StorageError } from '../storage-error.ts';

/** How Google Cloud Storage is asked. */
export interface GcsConfig {
  /** Of the JSON API, without a slash at the end. */
  readonly base: string;
  readonly isEmulator: boolean;
  /** Google's JSON of a key or of a login; absent for anonymous access. */
  readonly credentials?: Readonly<Record<string, unknown>>;
}

const BASE = 'https://storage.googleapis.com';
const MAX_KEY_BYTES = 256 * 1024;
/** What a Secret may hold; others name files, programs and addresses of the machine that reads them. */
const SECRET_TYPES: ReadonlySet<unknown> = new Set(['service_account', 'authorized_user']);

/**
 * The emulator that STORAGE_EMULATOR_HOST names, always asked without credentials; else Google, with the Secret's key, the
 * owner's application default credentials, or none (kserve storage `_download_gcs`).
 * @throws StorageError
 */
export async function gcsConfig(access: RemoteAccess): Promise<GcsConfig> {
  const emulator = setting(access, 'STORAGE_EMULATOR_HOST');
  if (emulator !== undefined) return { base: emulatorBase(emulator), isEmulator: true };
  const credentials = await keyOf(access);
  return { base: BASE, isEmulator: false, ...(credentials === undefined ? {} : { credentials }) };
}

function emulatorBase(written: string): string {
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(written) ? written : `http://${written}`;
  let url: URL | undefined;
  try {
    url = new URL(text);
  } catch {
    url = undefined;
  }
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
    const message = 'STORAGE_EMULATOR_HOST is no address of a server; write http://host:port';
    throw new StorageError('InvalidStorageUri', message);
  }
  return url.origin + url.pathname.replace(/\/(storage\/v1\/?)?$/, '');
}

async function keyOf(access: RemoteAccess): Promise<GcsConfig['credentials']> {
  const named = access.credentials.env.GOOGLE_APPLICATION_CREDENTIALS;
  const text = named === undefined ? undefined : access.credentials.files[named];
  if (text !== undefined) {
    const key = parse(text, "the Secret's gcloud-application-credentials.json");
    if (SECRET_TYPES.has(key.type)) return key;
    const message = `the Secret's gcloud-application-credentials.json is no key of a service account ("type": "service_account")`;
    throw new StorageError('AccessDenied', message);
  }
  const { processEnv } = access;
  const own = processEnv.GOOGLE_APPLICATION_CREDENTIALS;
  if (own !== undefined && own !== '') {
    const content = await readKey(own);
    if (content !== undefined) return parse(content, `${own} (GOOGLE_APPLICATION_CREDENTIALS)`);
    throw new StorageError('AccessDenied', `GOOGLE_APPLICATION_CREDENTIALS names ${own}, which is no file of a key`);
  }
  const folder = processEnv.CLOUDSDK_CONFIG ?? join(processEnv.HOME ?? homedir(), '.config', 'gcloud');
  const login = await readKey(join(folder, 'application_default_credentials.json'));
  return login === undefined ? undefined : parse(login, 'the application default credentials');
}

async function readKey(file: string): Promise<string | undefined> {
  const found = await stat(file).catch(() => undefined);
  if (found?.isFile() !== true || found.size > MAX_KEY_BYTES) return undefined;
  return await readFile(file, 'utf8').catch(() => undefined);
}

function parse(text: string, label: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null) return parsed as Record<string, unknown>;
  } catch {
    // The parser's message quotes the text.
  }
  throw new StorageError('AccessDenied', `${label} is not valid JSON`);
}

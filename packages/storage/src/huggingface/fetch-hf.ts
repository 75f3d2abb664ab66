import { fetchRemote } from '../download/fetch-remote.ts';
import { fetchKey } from '../fetch-key.ts';
import type { FetchedModel, FetchOptions } from '../fetcher.ts';
import { createHttpAccess } from '../http/http-access.ts';
import { systemResolver } from '../http/url-rules.ts';
import { setting } from '../remote/remote-access.ts';
import { remoteAccessOf } from '../remote/remote-access-of.ts';
import { hfLocation } from './hf-uri.ts';
import { openHf } from './open-hf.ts';

/** Brings a model of the Hugging Face Hub into the cache. @throws StorageError */
export async function fetchHf(uri: string, options: FetchOptions): Promise<FetchedModel> {
  hfLocation(uri);
  const settings = remoteAccessOf(options);
  // An endpoint that the service names is never shown the token of whoever runs Berth.
  const ownEndpoint = settings.credentials.env.HF_ENDPOINT?.trim();
  const tokens = ownEndpoint ? { ...settings, processEnv: {} } : settings;
  return fetchRemote(
    {
      key: fetchKey(uri, options),
      source: uri,
      open: async () =>
        openHf(uri, {
          access: createHttpAccess(options, systemResolver),
          endpoint: setting(settings, 'HF_ENDPOINT'),
          token: setting(tokens, 'HF_TOKEN', 'HUGGING_FACE_HUB_TOKEN'),
        }),
    },
    options,
  );
}

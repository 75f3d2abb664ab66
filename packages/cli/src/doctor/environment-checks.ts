import type { Check } from './check.ts';

/** Variables that change how models are fetched; their values may be secret and are never shown. */
const PROXIES = [
  'HTTPS_PROXY',
  'https_proxy',
  'HTTP_PROXY',
  'http_proxy',
  'NO_PROXY',
  'no_proxy',
  'NODE_EXTRA_CA_CERTS',
];
const CREDENTIALS = [
  'AWS_ACCESS_KEY_ID',
  'AWS_PROFILE',
  'AWS_ENDPOINT_URL',
  'GOOGLE_APPLICATION_CREDENTIALS',
  'STORAGE_EMULATOR_HOST',
  'AZURE_CLIENT_ID',
  'AZURE_STORAGE_CONNECTION_STRING',
  'HF_TOKEN',
  'HF_ENDPOINT',
];

/** Names of what is set, never values. */
export function environmentChecks(env: Readonly<Record<string, string | undefined>>): Check[] {
  const setOf = (names: readonly string[]) => names.filter((name) => (env[name] ?? '') !== '');
  return [
    {
      name: 'proxy',
      run: async () => {
        const set = setOf(PROXIES);
        return { level: 'ok', message: set.length === 0 ? 'none is set' : `${set.join(', ')} will be used` };
      },
    },
    {
      name: 'credentials',
      run: async () => {
        const set = setOf(CREDENTIALS);
        const message =
          set.length === 0 ? 'none in the environment; Secrets of the service are used' : `found ${set.join(', ')}`;
        return { level: 'ok', message };
      },
    },
  ];
}

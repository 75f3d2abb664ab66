import { lineValue } from './secret-values.ts';

/** Names of today, and the older ones that are read as well (kserve pkg/credentials/azure). */
const KEYS: readonly (readonly [name: string, legacy?: string])[] = [
  ['AZURE_CLIENT_ID', 'AZ_CLIENT_ID'],
  ['AZURE_CLIENT_SECRET', 'AZ_CLIENT_SECRET'],
  ['AZURE_TENANT_ID', 'AZ_TENANT_ID'],
  ['AZURE_SUBSCRIPTION_ID', 'AZ_SUBSCRIPTION_ID'],
  ['AZURE_STORAGE_ACCESS_KEY'],
  ['AZURE_ACCESS_TOKEN'],
  ['AZURE_ACCESS_EXPIRES_ON_SECONDS'],
  ['AZURE_ACCOUNT_NAME'],
  ['AZURE_SERVICE_URL'],
  ['AZURE_STORAGE_CONNECTION_STRING'],
  ['AZURE_STORAGE_SAS_TOKEN'],
];

/** The environment of an Azure download from a Secret's values; empty where they are not about Azure. */
export function azureEnv(values: ReadonlyMap<string, string>): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, legacy] of KEYS) {
    const value = lineValue(values, ...(legacy === undefined ? [name] : [legacy, name]));
    if (value !== undefined && value !== '') env[name] = value;
  }
  return env;
}

import type { ConfigMapSource, CredentialsError } from './credentials.ts';

/** The key that KServe reads in a ConfigMap of CAs. */
const FILE_NAME = 'cabundle.crt';
const PEM = '-----BEGIN CERTIFICATE-----';

/** A CA bundle from a ConfigMap, or why there is none. */
export type CaBundleReading = { readonly pem: string } | { readonly error: CredentialsError };

/**
 * Reads the bundle of a ConfigMap.
 * @param path the file in KServe's init container, whose last part is the key; `cabundle.crt` without it
 * @param label names the setting that asks for it
 */
export function readCaBundle(
  name: string,
  path: string | undefined,
  label: string,
  configMap: (name: string) => ConfigMapSource | undefined,
): CaBundleReading {
  const source = configMap(name);
  if (source === undefined) return failure(`${label} asks for ConfigMap ${name}, which does not exist`);
  const data = new Map(Object.entries(source.data ?? {}));
  const key = path?.split('/').at(-1) || FILE_NAME;
  const pem = data.get(key) ?? data.get(FILE_NAME) ?? onlyPem(data);
  if (pem === undefined) return failure(`ConfigMap ${name} has no key ${key}, which ${label} needs`);
  if (!pem.includes(PEM)) return failure(`key ${key} of ConfigMap ${name} holds no PEM certificate`);
  return { pem };
}

function onlyPem(data: ReadonlyMap<string, string>): string | undefined {
  const values = [...data.values()].filter((value) => value.includes(PEM));
  return values.length === 1 ? values[0] : undefined;
}

function failure(message: string): { error: CredentialsError } {
  return { error: { reason: 'InvalidCredentials', message } };
}

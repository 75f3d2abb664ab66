import type { ApiObject } from '@berth/control';

/** What KServe's Python SDK names the Secrets that its `set_credentials` makes. */
const SDK_PREFIX = 'kserve-secret-';

/**
 * KServe's SDK puts S3 and Azure credentials into `data` as they are, where base64 belongs. What can be no base64 is
 * encoded here, with a warning; what happens to look like base64 stays, and is told apart where it is read.
 */
export function encodeSdkSecret(object: ApiObject, warnings: string[]): ApiObject {
  const { kind, metadata, data } = object;
  if (kind !== 'Secret' || metadata.generateName !== SDK_PREFIX || !isFields(data)) return object;
  const entries = Object.entries(data).map(([key, value]) => {
    if (typeof value !== 'string' || isBase64(value)) return [key, value] as const;
    warnings.push(`data.${key} is no base64 and is taken as plain text`);
    return [key, Buffer.from(value).toString('base64')] as const;
  });
  return { ...object, data: Object.fromEntries(entries) };
}

function isFields(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}

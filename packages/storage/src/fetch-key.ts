import { createHash } from 'node:crypto';
import type { FetchOptions } from './fetcher.ts';

/** Of the platform's environment, what decides where and as whom a store is asked. */
const DECIDES = /^(AWS_|S3_|STORAGE_EMULATOR_HOST$|GOOGLE_APPLICATION_|AZURE_|HF_|KSERVE_OCI_|DOCKER_CONFIG$)/;

/**
 * Tells a URI from every other in the cache: another owner's credentials, another endpoint or other patterns are another
 * model, so that nobody is given what only somebody else may read. Credentials are in it as a digest only.
 */
export function fetchKey(uri: string, options: FetchOptions): string {
  const { credentials, headers, processEnv = {}, allow, ignore } = options;
  const own = Object.entries(processEnv).filter(([name]) => DECIDES.test(name));
  const hash = createHash('sha256');
  hash.update(
    JSON.stringify([
      sorted(credentials?.env ?? {}),
      sorted(credentials?.files ?? {}),
      sorted(headers ?? {}),
      own.sort(),
    ]),
  );
  return JSON.stringify([uri, allow ?? '', ignore ?? '', hash.digest('hex')]);
}

function sorted(record: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(record).sort(([one], [other]) => (one < other ? -1 : 1));
}

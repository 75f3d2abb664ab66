import { readFile, stat } from 'node:fs/promises';
import { isFalse } from '../credentials/endpoint.ts';
import { createEgress, type Egress } from '../network/egress.ts';
import { StorageError } from '../storage-error.ts';
import { type RemoteAccess, setting } from './remote-access.ts';

const MAX_BUNDLE_BYTES = 4 * 1024 * 1024;

/**
 * The way out for a remote store: address rules by who wrote the URI, the platform's proxies, the CAs of the credentials.
 * `AWS_CA_BUNDLE` and `S3_VERIFY_SSL` count where they are given.
 */
export async function egressFor(access: RemoteAccess, options: { readonly isS3: boolean }): Promise<Egress> {
  const caBundles = [...access.credentials.caBundles];
  const file = options.isS3 ? setting(access, 'AWS_CA_BUNDLE') : undefined;
  const verify = options.isS3 ? setting(access, 'S3_VERIFY_SSL') : undefined;
  const isVerified = verify === undefined || !isFalse(verify);
  if (file !== undefined && isVerified) caBundles.push(await readBundle(file));
  return createEgress({
    policy: { author: access.author ?? 'operator', strictEgress: access.strictEgress ?? false },
    proxyEnv: access.processEnv,
    caBundles,
    verify: isVerified,
    connectTimeoutMs: Math.min(10_000, access.stallTimeoutMs ?? 30_000),
    ...(access.resolver === undefined ? {} : { resolver: access.resolver }),
  });
}

async function readBundle(file: string): Promise<string> {
  const found = await stat(file).catch(() => undefined);
  if (found?.isFile() !== true || found.size > MAX_BUNDLE_BYTES) {
    const message = `the CA bundle ${file} is no file here; name a ConfigMap in serving.kserve.io/s3-cabundle-configmap`;
    throw new StorageError('AccessDenied', message);
  }
  return await readFile(file, 'utf8');
}

import { fromIni } from '@aws-sdk/credential-provider-ini';
import { fromTokenFile } from '@aws-sdk/credential-provider-web-identity';
import type { AwsCredentialIdentityProvider } from '@aws-sdk/types';
import type { NodeHttpHandler } from '@smithy/node-http-handler';

/**
 * What the platform's owner has on this machine: a web identity of the environment, else a profile of `~/.aws`. The
 * metadata service of a cloud's machine is not asked: its address is one that downloads never go to.
 */
export function ambientCredentials(requestHandler: NodeHttpHandler): AwsCredentialIdentityProvider {
  const clientConfig = { requestHandler };
  return async () => {
    if (process.env.AWS_WEB_IDENTITY_TOKEN_FILE !== undefined) return await fromTokenFile({ clientConfig })();
    return await fromIni({ clientConfig })();
  };
}

/** The gateway's process: started by the keeper, with the platform's options in BERTH_PLATFORM. */
import { readFile } from 'node:fs/promises';
import { decideExposure, listenError, StartError } from '@berth/exposure';
import { startGateway } from '@berth/gateway';
import { connectKeeper } from '../keeper/connect-keeper.ts';
import { EXIT_CUT } from '../keeper/part.ts';
import type { PlatformOptions } from './platform-options.ts';
import { gatewayLinkPath } from './run-folder.ts';

const options = JSON.parse(process.env.BERTH_PLATFORM ?? '{}') as PlatformOptions;
const { gateway: settings } = options;
const keeper = connectKeeper();
const start = async () => {
  const { host, apiKeyFile, insecureNoAuth, httpPort, accessLog } = settings;
  const exposure = decideExposure({ host, apiKeyFile, insecureNoAuth });
  for (const warning of exposure.warnings) process.stderr.write(`${warning}\n`);
  return startGateway(
    {
      httpPort,
      addresses: exposure.plan.addresses,
      linkPath: gatewayLinkPath(options.stateFolder),
      accessLog,
      ...(settings.tls === undefined ? {} : { tls: await readTls(settings.tls) }),
      ...(exposure.apiKeyFile === undefined ? {} : { apiKeyFile: exposure.apiKeyFile }),
    },
    (line) => void process.stdout.write(line),
  );
};
/** @throws StartError where a file can not be read */
async function readTls({ certFile, keyFile, port }: NonNullable<typeof settings.tls>) {
  const read = (file: string) =>
    readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      throw new StartError(`${file} can not be read (${error.code}); check --tls-cert and --tls-key`, {
        code: 'CertificateRefused',
      });
    });
  return { port, cert: await read(certFile), key: await read(keyFile) };
}

const gateway = await start().catch(async (error: NodeJS.ErrnoException) => {
  const target = { address: settings.host ?? '127.0.0.1', port: settings.httpPort, flag: '--http-port' };
  const { message } = error instanceof StartError ? error : await listenError(error, target);
  process.stderr.write(`${message}\n`);
  process.exit(1);
});
keeper.onGone(() => void gateway.close().finally(() => process.exit(1)));
process.on('SIGTERM', () => {
  void gateway.drain(options.drainTimeoutMs).then((cut) => process.exit(cut === 0 ? 0 : EXIT_CUT));
});
keeper.ready({ urls: gateway.urls });

import { CACHE_OPTION, cacheFolder } from '../arguments/cache-folder.ts';
import { type OptionSpecs, parseArguments, refuseUnknown } from '../arguments/parse.ts';
import { ArgumentValues } from '../arguments/values.ts';
import type { Command } from '../main.ts';
import { startDetached } from '../platform/detach.ts';
import { platformOptions } from '../platform/platform-options.ts';
import { STATE_OPTION } from '../platform/state-folder.ts';
import { CommandError, EXIT } from '../terminal/exit-codes.ts';
import { helpText } from '../terminal/help-text.ts';

const OPTIONS: OptionSpecs = {
  'http-port': {
    type: 'string',
    aliases: ['gateway-port', 'port'],
    value: 'PORT',
    help: 'the gateway: HTTP, h2c and gRPC; default 8080',
  },
  'api-port': { type: 'string', value: 'PORT', help: 'the Kubernetes-style API; default 6443' },
  host: { type: 'string', value: 'ADDRESS', help: 'where the gateway listens; default loopback (env BERTH_HOST)' },
  'api-host': { type: 'string', value: 'ADDRESS', help: 'where the API listens; default loopback' },
  'api-key-file': {
    type: 'string',
    value: 'FILE',
    help: 'hashed bearer keys for the gateway (env BERTH_API_KEY_FILE)',
  },
  'insecure-no-auth': {
    type: 'boolean',
    help: 'allow a host beyond loopback without keys (env BERTH_INSECURE_NO_AUTH)',
  },
  'tls-cert': { type: 'string', value: 'FILE', help: 'certificate chain of the gateway, PEM' },
  'tls-key': { type: 'string', value: 'FILE', help: 'its key, PEM' },
  'tls-port': {
    type: 'string',
    value: 'PORT',
    help: 'HTTPS port of the gateway; default 8443 where there is a certificate',
  },
  volume: { type: 'string', value: 'CLAIM=FOLDER', help: 'folder that pvc://CLAIM means; may be given several times' },
  'deny-commands': { type: 'boolean', help: 'refuse commands and images that are not of Berth itself' },
  'strict-egress': { type: 'boolean', help: 'download from public addresses only' },
  'max-starts': {
    type: 'string',
    value: 'COUNT',
    help: 'replicas that may be starting at once; default twice the cores, 4 at least (env BERTH_MAX_STARTS)',
  },
  'drain-timeout': { type: 'string', value: 'TIME', help: 'time that requests have to end after SIGTERM; default 30s' },
  'access-log': { type: 'boolean', help: 'write a JSON line for each request (env BERTH_ACCESS_LOG)' },
  'log-level': { type: 'string', value: 'LEVEL', help: 'debug, info, warn, error or silent; default info' },
  detach: { type: 'boolean', short: 'd', help: 'start in the background; berth down ends it' },
  ...STATE_OPTION,
  ...CACHE_OPTION,
};

export const command: Command = {
  help: helpText(
    'berth up [options]',
    [
      'Starts the platform on this machine: a gateway for predictions, and an API that kubectl and berth apply talk to.',
      'What was applied before is there again.',
    ].join('\n'),
    OPTIONS,
  ),
  async run(args, io) {
    const parsed = parseArguments(args, OPTIONS);
    await refuseUnknown(parsed, OPTIONS);
    if (parsed.positionals.length > 0) {
      throw new CommandError(`up takes no ${parsed.positionals[0]}`, {
        exitCode: EXIT.usage,
        hint: 'berth up, and then berth apply -f isvc.yaml',
      });
    }
    const values = new ArgumentValues(parsed, io.env);
    const options = platformOptions(values, parsed.repeated.get('volume') ?? [], io, cacheFolder(values, io));
    if (values.flag('detach') === true) return startDetached(args, options.stateFolder, io);
    const { startPlatform } = await import('@berth/local');
    const platform = await startPlatform(options, (message) => io.err(`${message}\n`));
    io.err(`gateway  ${platform.gatewayUrls.join(', ')}\n`);
    io.err(`API      ${platform.apiUrl}\n`);
    io.err(`next     berth apply -f isvc.yaml\n`);
    io.err(`kubectl  export KUBECONFIG=${platform.kubeconfig}\n`);
    return platform.ended;
  },
};

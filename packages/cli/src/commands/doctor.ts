import { CACHE_OPTION, cacheFolder } from '../arguments/cache-folder.ts';
import { type OptionSpecs, parseArguments, refuseUnknown, refuseWords } from '../arguments/parse.ts';
import { ArgumentValues } from '../arguments/values.ts';
import { type Check, type Finding, runChecks } from '../doctor/check.ts';
import { environmentChecks } from '../doctor/environment-checks.ts';
import {
  engineCheck,
  filesCheck,
  folderCheck,
  memoryCheck,
  namespacesCheck,
  nodeCheck,
  portCheck,
} from '../doctor/machine-checks.ts';
import type { Command } from '../main.ts';
import { type PlatformRecord, readPlatform } from '../platform/read-platform.ts';
import { STATE_OPTION, stateFolder } from '../platform/state-folder.ts';
import { EXIT } from '../terminal/exit-codes.ts';
import { helpText } from '../terminal/help-text.ts';
import { printable } from '../terminal/io.ts';

const OPTIONS: OptionSpecs = {
  output: { type: 'string', short: 'o', value: 'json', help: 'default text' },
  'http-port': {
    type: 'string',
    value: 'PORT',
    help: "the gateway's port; default that of the running platform, else 8080",
  },
  'api-port': {
    type: 'string',
    value: 'PORT',
    help: "the API's port; default that of the running platform, else 6443",
  },
  ...STATE_OPTION,
  ...CACHE_OPTION,
};
const MARKS = { ok: '✓', note: '!', problem: '✗' } as const;
const MIN_STATE_BYTES = 50e6;
const MIN_CACHE_BYTES = 500e6;
const PORTS = { min: 1, max: 65_535 };

export const command: Command = {
  help: helpText(
    'berth doctor [options]',
    'Looks at this machine for what would keep the platform from working.',
    OPTIONS,
  ),
  async run(args, io) {
    const parsed = parseArguments(args, OPTIONS);
    await refuseUnknown(parsed, OPTIONS);
    refuseWords(parsed, 'doctor');
    const values = new ArgumentValues(parsed, io.env);
    const output = values.choice('output', ['json']);
    const state = stateFolder(values, io);
    const platform = await readPlatform(state);
    const own = platform === undefined ? [] : portsOf(platform);
    const [gatewayPort = 8080] = own;
    const apiPort = own.at(-1) ?? 6443;
    const httpWanted = values.integer('http-port', PORTS, 'BERTH_HTTP_PORT') ?? gatewayPort;
    const apiWanted = values.integer('api-port', PORTS, 'BERTH_API_PORT') ?? apiPort;
    const checks: Check[] = [
      nodeCheck(),
      memoryCheck(),
      folderCheck('state', state, MIN_STATE_BYTES),
      folderCheck('cache', cacheFolder(values, io), MIN_CACHE_BYTES),
      portCheck(httpWanted, '--http-port', own.includes(httpWanted)),
      portCheck(apiWanted, '--api-port', own.includes(apiWanted)),
      filesCheck(),
      ...environmentChecks(io.env),
      namespacesCheck(io.env.PATH),
      engineCheck(io.env.PATH),
    ];
    const findings = await runChecks(checks);
    if (output === 'json') io.out(`${JSON.stringify({ findings }, null, 2)}\n`);
    else io.out(findings.map(line).join(''));
    return findings.some((one) => one.level === 'problem') ? EXIT.failure : EXIT.ok;
  },
};

/** The ports of a running platform, the API's last. */
function portsOf({ gatewayUrls, apiUrl }: PlatformRecord): number[] {
  return [...gatewayUrls, apiUrl].map((url) => Number(new URL(url).port));
}

function line({ name, level, message, fix }: Finding): string {
  const hint = level === 'ok' || fix === undefined ? '' : `    ${fix}\n`;
  return `${MARKS[level]} ${name}: ${printable(message)}\n${hint}`;
}

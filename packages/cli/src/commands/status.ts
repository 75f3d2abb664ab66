import { type OptionSpecs, parseArguments, refuseUnknown, refuseWords } from '../arguments/parse.ts';
import { ArgumentValues } from '../arguments/values.ts';
import type { Command } from '../main.ts';
import { readPlatform } from '../platform/read-platform.ts';
import { stateFolder } from '../platform/state-folder.ts';
import { age } from '../resources/age.ts';
import { kindNamed, pathOf } from '../resources/resource-types.ts';
import { type KubeObject, openSession, SESSION_OPTIONS } from '../resources/session.ts';
import { CommandError, EXIT } from '../terminal/exit-codes.ts';
import { helpText } from '../terminal/help-text.ts';

const OPTIONS: OptionSpecs = {
  output: { type: 'string', short: 'o', value: 'json', help: 'default text' },
  ...SESSION_OPTIONS,
};

export const command: Command = {
  help: helpText(
    'berth status [options]',
    'Tells whether the platform runs, where it listens, and how its services are.',
    OPTIONS,
  ),
  async run(args, io) {
    const parsed = parseArguments(args, OPTIONS);
    await refuseUnknown(parsed, OPTIONS);
    refuseWords(parsed, 'status');
    const values = new ArgumentValues(parsed, io.env);
    const output = values.choice('output', ['json']);
    const folder = stateFolder(values, io);
    const platform = await readPlatform(folder);
    if (platform === undefined) {
      if (output !== 'json') {
        throw new CommandError(`no platform runs on ${folder}`, { code: 'NoPlatform', hint: 'berth up' });
      }
      io.out(`${JSON.stringify({ running: false, stateFolder: folder })}\n`);
      return EXIT.failure;
    }
    const { client } = await openSession(values, io);
    const { body } = await client.call('GET', pathOf(kindNamed('isvc'), undefined));
    const services = ((body as { items?: KubeObject[] }).items ?? []).map(summaryOf);
    const ready = services.filter((one) => one.ready === 'True').length;
    if (output === 'json') {
      io.out(`${JSON.stringify({ running: true, stateFolder: folder, ...platform, services }, null, 2)}\n`);
      return EXIT.ok;
    }
    const rows: [string, string][] = [
      [
        'platform',
        `runs since ${age(platform.startedAt, new Date())} (pid ${platform.pid}, version ${platform.version})`,
      ],
      ['gateway', platform.gatewayUrls.join(', ')],
      ['API', platform.apiUrl],
      ['state', folder],
      ['cache', platform.cacheFolder],
      ['services', `${ready} of ${services.length} ready`],
    ];
    io.out(rows.map(([label, value]) => `${label.padEnd(9)} ${value}\n`).join(''));
    for (const one of services) {
      if (one.ready !== 'True') io.out(`  ${one.namespace}/${one.name}: ${one.reason ?? one.ready}\n`);
    }
    return EXIT.ok;
  },
};

function summaryOf(service: KubeObject): { namespace: string; name: string; ready: string; reason?: string } {
  const { conditions } = (service.status ?? {}) as {
    conditions?: { type: string; status: string; reason?: string }[];
  };
  const ready = conditions?.find((one) => one.type === 'Ready');
  return {
    namespace: service.metadata.namespace ?? '',
    name: service.metadata.name,
    ready: ready?.status ?? 'Unknown',
    ...(ready?.reason === undefined ? {} : { reason: ready.reason }),
  };
}

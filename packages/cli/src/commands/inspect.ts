import { resolve } from 'node:path';
import { type OptionSpecs, parseArguments, refuseUnknown } from '../arguments/parse.ts';
import type { Command } from '../main.ts';
import { CommandError, EXIT } from '../terminal/exit-codes.ts';
import { helpText } from '../terminal/help-text.ts';
import { describeInspection } from '../terminal/inspection-text.ts';
import { printable } from '../terminal/io.ts';

const OPTIONS: OptionSpecs = {
  output: { type: 'string', short: 'o', value: 'json|text', help: 'default text' },
  format: { type: 'string', value: 'NAME', help: 'take it for this model format instead of looking' },
};

export const command: Command = {
  help: helpText(
    'berth inspect <file or folder> [options]',
    'Tells format, library version, inputs, outputs, classes and size, without running any of the model.',
    OPTIONS,
  ),
  async run(args, io) {
    const parsed = parseArguments(args, OPTIONS);
    await refuseUnknown(parsed, OPTIONS);
    const [path] = parsed.positionals;
    if (path === undefined) throw new CommandError('name a model file or folder', { exitCode: EXIT.usage });
    const { discoverModels, inspectDiscovered } = await import('@berth/formats');
    const format = parsed.values.get('format');
    const models = await discoverModels(resolve(io.cwd, path), typeof format === 'string' ? { format } : {});
    const asJson = parsed.values.get('output') === 'json';
    const results: unknown[] = [];
    let failures = 0;
    for (const model of models) {
      const label = model.version === undefined ? model.name : `${model.name}, version ${model.version}`;
      try {
        const inspection = await inspectDiscovered(model);
        if (asJson) {
          const { model: metadata, ...facts } = inspection;
          const properties = Object.fromEntries(metadata?.properties ?? []);
          results.push({ name: model.name, version: model.version, ...facts, ...metadata, properties });
        } else io.out(describeInspection(label, model.path, inspection));
      } catch (thrown) {
        failures++;
        const message = thrown instanceof Error ? thrown.message : String(thrown);
        if (asJson) results.push({ name: model.name, version: model.version, error: message });
        else io.err(`error: ${printable(`${label}: ${message}`)}\n`);
      }
    }
    if (asJson) io.out(`${JSON.stringify(results.length === 1 ? results[0] : results, null, 2)}\n`);
    return failures === 0 ? EXIT.ok : EXIT.failure;
  },
};

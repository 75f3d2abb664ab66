import { stat } from 'node:fs/promises';
import { LoadError } from '@berth/inference';
import type { Inspection } from './format.ts';
import { discoverModels } from './layout/discover.ts';
import type { DiscoveredModel, DiscoverOptions } from './layout/discovered.ts';
import { formatNamed } from './registry.ts';

/**
 * What the one model of a file or folder holds, told without running any of it.
 * @throws LoadError its problem; ModelLayout where the path holds several models.
 */
export async function inspectModel(path: string, options: DiscoverOptions = {}): Promise<Inspection> {
  const models = await discoverModels(path, options);
  if (models.length > 1) {
    const names = models.map((model) => (model.version === undefined ? model.name : `${model.name}/${model.version}`));
    throw new LoadError(
      'ModelLayout',
      `the folder holds ${models.length} models (${names.join(', ')}); inspect one of them`,
    );
  }
  return inspectDiscovered(models[0]);
}

/** The same for a model that was found already. @throws LoadError */
export async function inspectDiscovered(discovered: DiscoveredModel): Promise<Inspection> {
  if (discovered.problem !== undefined) throw discovered.problem;
  if (discovered.format === undefined) throw new LoadError('ModelLayout', `${discovered.name} has no known format`);
  const warnings = [...discovered.warnings];
  if (discovered.format === 'onnx') {
    const { inspectOnnx } = await import('./onnx/inspect.ts');
    const inspected = await inspectOnnx(discovered.path);
    return { ...inspected, warnings: [...warnings, ...inspected.warnings] };
  }
  const format = await formatNamed(discovered.format);
  const { size } = await stat(discovered.path);
  // Reading a file builds its evaluator and runs nothing of it.
  const model = await format.load(discovered.path, { flavour: 'kserve', onWarning: (text) => warnings.push(text) });
  try {
    const { properties } = model.metadata;
    const version = properties.get('library_version') ?? properties.get('scikit-learn');
    return {
      format: discovered.format,
      summary: properties.get('summary') ?? properties.get('class') ?? discovered.format,
      ...(version === undefined ? {} : { libraryVersion: version }),
      sizeBytes: size,
      model: model.metadata,
      warnings,
    };
  } finally {
    await model.close();
  }
}

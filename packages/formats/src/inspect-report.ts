import { stat } from 'node:fs/promises';
import { LoadError, type ModelMetadata } from '@berth/inference';
import type { FeatureFacts } from './feature-facts.ts';
import type { Inspection } from './format.ts';
import { inspectDiscovered } from './inspect.ts';
import type { DiscoveredModel } from './layout/discovered.ts';
import { loadModel } from './load.ts';
import type { SafetyReport } from './safety/safety-report.ts';
import { scanFiles } from './safety/scan-files.ts';
import { type SampleRequests, sampleRequests, tensorSamples } from './sample-request.ts';
import type { ModelStep } from './sklearn/steps.ts';

/** All that is told of one model, whether or not it can be served. */
export interface ModelReport {
  readonly name: string;
  readonly version?: string;
  /** Absolute. */
  readonly path: string;
  readonly format?: string;
  readonly summary?: string;
  readonly sizeBytes: number;
  /** What saved it, where the file says. */
  readonly library?: { readonly name: string; readonly version: string };
  readonly steps?: ModelStep;
  readonly features?: { readonly count: number; readonly names?: readonly string[] };
  readonly trees?: number;
  /** Of a graph, the most frequent first. */
  readonly operators?: readonly { readonly name: string; readonly count: number }[];
  readonly model?: ModelMetadata;
  readonly samples?: SampleRequests;
  readonly safety: SafetyReport;
  readonly warnings: readonly string[];
  /** Why Berth does not serve it. */
  readonly error?: { readonly reason: string; readonly message: string };
}

/** The names of libraries by format. */
const LIBRARIES: ReadonlyMap<string, string> = new Map([
  ['sklearn', 'scikit-learn'],
  ['xgboost', 'xgboost'],
  ['lightgbm', 'lightgbm'],
]);

/**
 * What a model is made of, what it takes, and what its pickles would do elsewhere; nothing of it is run. A model that is
 * refused, damaged or of another kind is reported with the reason, as far as its files can be read.
 * @throws LoadError ModelUnreadable where there is nothing at its path
 */
export async function reportModel(discovered: DiscoveredModel): Promise<ModelReport> {
  const { name, version, path } = discovered;
  const safety = await scanFiles(path);
  const base = {
    name,
    ...(version === undefined ? {} : { version }),
    path,
    ...(discovered.format === undefined ? {} : { format: discovered.format }),
    safety,
  };
  const read = discovered.format === 'sklearn' ? await readSteps(path) : undefined;
  const steps = read?.steps === undefined ? {} : { steps: read.steps };
  let inspection: Inspection;
  try {
    inspection = await inspectDiscovered(discovered);
  } catch (thrown) {
    if (!(thrown instanceof LoadError)) throw thrown;
    const { size } = await stat(path);
    const library = read?.steps?.version;
    return {
      ...base,
      ...steps,
      ...(library === undefined ? {} : { library: { name: 'scikit-learn', version: library } }),
      sizeBytes: size,
      warnings: [],
      error: { reason: thrown.reason, message: thrown.message },
    };
  }
  return { ...base, ...steps, ...(await served(discovered, inspection, read?.facts)) };
}

/** What is told of a model that Berth serves. */
async function served(
  discovered: DiscoveredModel,
  inspection: Inspection,
  facts: ((width: number) => readonly FeatureFacts[]) | undefined,
): Promise<Omit<ModelReport, 'name' | 'path' | 'safety'>> {
  const { model: metadata, libraryVersion, operators, ...rest } = inspection;
  const trees = Number(metadata?.properties.get('trees') ?? Number.NaN);
  const width = metadata?.columns?.length ?? metadata?.inputs[0]?.shape[1];
  const isTable = LIBRARIES.has(inspection.format);
  const isOnnx = inspection.format === 'onnx';
  const samples = metadata === undefined ? undefined : await samplesOf(discovered, metadata, facts, width ?? 0);
  return {
    ...rest,
    ...(libraryVersion === undefined
      ? {}
      : {
          library: {
            name: isOnnx ? 'producer' : (LIBRARIES.get(inspection.format) as string),
            version: libraryVersion,
          },
        }),
    ...(isTable && width !== undefined && width > 0
      ? { features: { count: width, ...(metadata?.columns === undefined ? {} : { names: metadata.columns }) } }
      : {}),
    ...(Number.isFinite(trees) ? { trees } : {}),
    ...(operators === undefined ? {} : { operators }),
    ...(metadata === undefined ? {} : { model: metadata }),
    ...(samples === undefined ? {} : { samples }),
  };
}

async function samplesOf(
  discovered: DiscoveredModel,
  metadata: ModelMetadata,
  facts: ((width: number) => readonly FeatureFacts[]) | undefined,
  width: number,
): Promise<SampleRequests | undefined> {
  if (discovered.format === undefined || discovered.format === 'onnx') return tensorSamples(metadata);
  const known = facts === undefined ? await explored(discovered, width) : facts(width);
  const model = await loadModel(discovered, { flavour: 'kserve' });
  try {
    return await sampleRequests(model, known);
  } finally {
    await model.close();
  }
}

async function explored(discovered: DiscoveredModel, width: number): Promise<readonly FeatureFacts[]> {
  const { exploreModel } = await import('./explore.ts');
  return exploreModel(discovered, width);
}

/** The steps of a pickle that can be read as data, and how to ask it of its columns; undefined for one that can not. */
async function readSteps(
  path: string,
): Promise<{ steps: ModelStep | undefined; facts: (width: number) => readonly FeatureFacts[] } | undefined> {
  const [{ readUnpacked, unpackPickle }, { readBytes }, { stepsOf }, { exploreSklearn }] = await Promise.all([
    import('./joblib/read.ts'),
    import('./trees/read-bytes.ts'),
    import('./sklearn/steps.ts'),
    import('./sklearn/explore.ts'),
  ]);
  try {
    const bytes = Uint8Array.from(await readBytes(path));
    const stored = bytes.length;
    const root = readUnpacked(await unpackPickle(bytes), stored);
    return { steps: stepsOf(root), facts: (width) => exploreSklearn(root, width) };
  } catch (thrown) {
    if (thrown instanceof LoadError) return undefined;
    throw thrown;
  }
}

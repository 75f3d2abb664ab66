import { dirname, resolve } from 'node:path';
import { worst } from './judge-service.ts';
import { summaryOf } from './make-report.ts';
import type { CheckReport, PredictorCheck, ServiceCheck } from './service-check.ts';

/** The report after a look at every model whose files lie on this machine; nothing of them is run. */
export async function lookAtModels(
  report: CheckReport,
  options: { readonly cwd: string; readonly cacheFolder: string },
): Promise<CheckReport> {
  const services: ServiceCheck[] = [];
  for (const service of report.services) {
    const isFile = service.file !== undefined && service.file !== '(standard input)';
    const baseFolder = isFile ? dirname(resolve(options.cwd, service.file)) : options.cwd;
    const predictors: PredictorCheck[] = [];
    for (const one of service.predictors) predictors.push(await lookAt(one, { ...options, baseFolder }));
    const verdict = predictors.length === 0 ? service.verdict : worst(predictors.map((one) => one.verdict));
    services.push({ ...service, verdict, predictors });
  }
  return { ...report, services, summary: summaryOf(services) };
}

async function lookAt(
  predictor: PredictorCheck,
  options: { readonly baseFolder: string; readonly cacheFolder: string },
): Promise<PredictorCheck> {
  const { runner } = predictor;
  const uri = predictor.models[0]?.uri;
  if (predictor.verdict !== 'native' || runner?.kind !== 'native') return predictor;
  if (predictor.models[0]?.from !== 'local' || uri === undefined) return predictor;
  const problem = await problemOf(uri, runner.format, options);
  if (problem === undefined) return { ...predictor, unknown: [] };
  return { ...predictor, verdict: 'cannot-run', reason: 'ModelLoadFailed', message: problem, unknown: [] };
}

async function problemOf(
  uri: string,
  format: string,
  options: { readonly baseFolder: string; readonly cacheFolder: string },
): Promise<string | undefined> {
  const [{ fetchModel }, { discoverModels, inspectDiscovered }] = await Promise.all([
    import('@berth/storage'),
    import('@berth/formats'),
  ]);
  try {
    const { path } = await fetchModel(uri, options);
    const models = await discoverModels(path, format === '' ? {} : { format });
    for (const model of models) await inspectDiscovered(model);
    return undefined;
  } catch (thrown) {
    const isKind = thrown instanceof Error && (thrown.name === 'LoadError' || thrown.name === 'StorageError');
    if (!isKind) throw thrown;
    return (thrown as Error).message;
  }
}

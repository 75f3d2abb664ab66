import { basename } from 'node:path';
import { type DiscoveredModel, discoverModels, type Flavour, toModelName } from '@berth/formats';
import type { Model } from '@berth/inference';
import {
  type App,
  type AppContext,
  createModelRepository,
  createOnDemandRepository,
  type Service,
} from '@berth/server';
import { fetchModel } from '@berth/storage';
import { candidatesOf, type DiscoveredCandidate } from './candidate.ts';
import { loadDiscovered } from './load-discovered.ts';
import { createAppLogs, type LogSettings } from './logs.ts';
import { folderCatalog } from './model-catalog.ts';
import { discoverNamed } from './multi-model.ts';
import { ReplicaReporter, replicaRoute } from './replica-report.ts';
import { reportProgress } from './report-progress.ts';
import { type AppReport, whyOf } from './reports.ts';

/** What `berth serve` serves; structured-cloneable. */
export interface ServeConfig {
  /** A path or an http(s) URL. */
  readonly root: string;
  readonly cacheFolder: string;
  readonly name?: string;
  readonly format?: string;
  /** Set where the user chose one; else each model's layout decides. */
  readonly flavour?: Flavour;
  readonly predictProba: boolean;
  readonly threads: number;
  /** `MLSERVER_MODEL_*`. */
  readonly environment: ReadonlyMap<string, string>;
  readonly loadAtStartup: boolean;
  /** Serves the route that tells the platform how the loads went. */
  readonly replica?: boolean;
  /** The root is a folder of models that come and go: by its catalog, or where it has none, by name alone. */
  readonly multiModel?: boolean;
  /** Load again what changes on disk. */
  readonly watch?: boolean;
  readonly logs: LogSettings;
}

/** The app of one process of `berth serve`: one service, whatever the host, with every model under the root. */
export function createApp(config: ServeConfig, context: AppContext): App {
  const report = (message: AppReport) => context.report(message);
  const flavour = config.flavour ?? 'kserve';
  const flavourOf = (found: DiscoveredModel) => config.flavour ?? flavourByLayout(found);
  const warn = (about: string, message: string) => report({ kind: 'warning', about, message });
  const reporter = new ReplicaReporter();
  const discoverAll = async (): Promise<DiscoveredCandidate[]> => {
    const fetched = await fetchModel(config.root, {
      cacheFolder: config.cacheFolder,
      onWarning: (message) => warn(config.root, message),
      onProgress: reportProgress(config.root, report),
    });
    const { path, name } = fetched.sha256 === undefined ? { path: config.root } : downloaded(config.root, fetched.path);
    const modelName = config.name ?? name;
    const found = await discoverModels(localPath(path), {
      environment: config.environment,
      ...(modelName === undefined ? {} : { name: modelName }),
      ...(config.format === undefined ? {} : { format: config.format }),
      onWarning: (message) => warn(config.root, message),
    });
    return candidatesOf(found);
  };
  /** What the start loads, until the example request was made from it. */
  const loaded = new Map<string, { readonly found: DiscoveredModel; readonly model: Model }>();
  let isStarted = false;
  const catalog = config.multiModel === true ? folderCatalog(config.root) : undefined;
  const inner = createModelRepository<DiscoveredCandidate>({
    flavour,
    flavourOf: ({ found }) => (found === undefined ? flavour : flavourOf(found)),
    discover: async () => {
      try {
        return await discoverAll();
      } catch (error) {
        if (config.replica !== true) throw error;
        // The platform reads the reason from a model that is not ready; a server without any would be.
        const name = config.name ?? toModelName(basename(config.root));
        reporter.rootFailed(name, error);
        return [{ name, problem: error instanceof Error ? error.message : String(error) }];
      }
    },
    ...(config.multiModel === true && {
      discoverNamed: async (name: string) => candidatesOf(await discoverNamed(config.root, name)),
    }),
    load: async ({ found }) => {
      if (found === undefined) throw new Error('a candidate without a model is never loaded');
      const started = performance.now();
      const digest = catalog?.().models.get(found.name)?.digest;
      const settings = {
        predictProba: config.predictProba,
        threads: config.threads,
        onWarning: warn,
        onTimes: (loadMs: number, firstAnswerMs: number) =>
          reporter.loaded(found.name, { loadMs, firstAnswerMs, ...(digest === undefined ? {} : { digest }) }),
      };
      const model = await loadDiscovered(found, flavourOf(found), settings);
      if (!isStarted) loaded.set(found.name, { found, model });
      const summary = model.metadata.properties.get('summary') ?? model.metadata.properties.get('class');
      report({
        kind: 'loaded',
        about: found.name,
        version: found.version ?? '',
        milliseconds: performance.now() - started,
        ...(summary === undefined ? {} : { summary }),
      });
      return model;
    },
    onLoadFailure: (name, version, error) => {
      const about = version === '' ? name : `${name}, version ${version}`;
      const served = repository.find(name)?.versions.find((one) => one.version === version);
      if (served?.state === 'READY') {
        report({ kind: 'kept', about, ...whyOf(error) });
        return;
      }
      reporter.failed(name, error);
      report({ kind: 'failed', about, ...whyOf(error) });
    },
  });
  const repository = catalog === undefined ? inner : createOnDemandRepository(inner, { flavour, catalog });
  const service: Service = { namespace: '', name: '', hosts: [], flavour, repository };
  const logs = createAppLogs(config.logs);
  const loadAll = () =>
    repository.loadAll().catch((error: unknown) => {
      report({ kind: 'failed', about: config.root, ...whyOf(error) });
    });
  const watch = async () => {
    const { watchModels } = await import('../watch/watch-models.ts');
    return watchModels({ root: localPath(config.root), repository, discover: discoverAll, onNotice: warn });
  };
  /** A request that the first model answers, for the person who started the server. */
  const tellSample = async () => {
    const [name] = repository.list().flatMap((one) => (loaded.has(one.name) ? [one.name] : []));
    const first = loaded.get(name ?? '');
    if (name === undefined || first === undefined) return;
    const { trySample } = await import('./try-sample.ts');
    const own = flavourOf(first.found);
    const sample = await trySample(first.found, first.model, own, own === 'kserve' ? 'v1' : 'v2');
    if (sample !== undefined) report({ kind: 'sample', about: name, model: name, prefix: '', sample });
  };
  // The files are looked at before they are read, so that no change falls between.
  const watcher = config.watch === true ? watch() : undefined;
  const first =
    config.loadAtStartup && (config.multiModel !== true || catalog !== undefined)
      ? Promise.resolve(watcher).then(loadAll)
      : undefined;
  return {
    services: [service],
    settled: Promise.resolve(first).then(async () => {
      reporter.settled();
      if (config.replica !== true && context.worker === 0) await tellSample();
      isStarted = true;
      loaded.clear();
    }),
    ...(config.replica === true && { extraRoutes: [replicaRoute(() => reporter.report(repository, catalog?.()))] }),
    log: logs.log,
    ...(logs.accessLog && { accessLog: logs.accessLog }),
    close: async () => {
      (await watcher)?.stop();
      logs.flush();
    },
  };
}

/** The path that a `file://` URI names. */
function localPath(root: string): string {
  return root.replace(/^file:\/\//, '');
}

/** What was downloaded or unpacked lies under a digest; its model is named after what the user wrote. */
function downloaded(root: string, path: string): { path: string; name: string } {
  const last = root.split(/[?#]/)[0]?.split('/').at(-1) ?? '';
  return { path, name: toModelName(last.replace(/(\.tar)?\.[A-Za-z0-9]{1,8}$/, '')) };
}

/** MLServer's settings files and Triton's layout say whose server a model was laid out for. */
function flavourByLayout(found: DiscoveredModel): Flavour {
  if (found.settings !== undefined) return 'mlserver';
  return found.tritonLayout === true ? 'triton' : 'kserve';
}

import type { RunConfig } from '../app/run-app.ts';
import type { Io } from '../terminal/io.ts';
import type { ServiceSet } from './service-set.ts';
import { watchPaths } from './watch-paths.ts';

/** The YAML files that `berth run --watch` looks at, and how they are read; structured-cloneable. */
export interface ManifestSource {
  readonly paths: readonly string[];
  readonly cwd: string;
  readonly strict: boolean;
  readonly namespace?: string;
}

/** Reads the YAML again when it changes; what can not be read or planned leaves the services as they are. */
export async function watchManifests(
  source: ManifestSource,
  set: ServiceSet,
  onKept: (about: string, message: string, code?: string) => void,
): Promise<{ stop(): void }> {
  const { resolve } = await import('node:path');
  const { readManifests } = await import('../manifests/read-manifests.ts');
  const { planManifests } = await import('../manifests/plan-manifests.ts');
  const about = source.paths.join(', ');
  const kept = (error: unknown) => onKept(about, error instanceof Error ? error.message : String(error), codeOf(error));
  const read = async (): Promise<RunConfig['services'] | undefined> => {
    const manifests = await readManifests(source.paths, { cwd: source.cwd } as Io, source);
    const wrong = manifests.issues.find((issue) => issue.severity === 'error');
    if (wrong !== undefined) {
      const place = wrong.line === undefined ? '' : ` at ${wrong.file}:${wrong.line}:${wrong.column ?? 1}`;
      onKept(about, `${wrong.message}${place}`, 'InvalidYaml');
      return undefined;
    }
    const services = planManifests(manifests, source.cwd);
    if (services.length > 0) return services;
    onKept(about, 'there is no InferenceService in it any more', 'NothingToServe');
    return undefined;
  };
  return watchPaths({
    paths: () => source.paths.map((path) => resolve(source.cwd, path)),
    onError: kept,
    onChange: async () => {
      const services = await read();
      if (services !== undefined) await set.become(services);
    },
  });
}

function codeOf(error: unknown): string | undefined {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}

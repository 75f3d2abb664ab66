import type { LoadableRepository } from '@berth/server';
import type { DiscoveredCandidate } from '../app/candidate.ts';
import { signatureOf } from './file-signature.ts';
import { watchPaths } from './watch-paths.ts';

/** A repository whose files are watched. */
export interface WatchedModels {
  /** The file or folder that all models lie in. */
  readonly root: string;
  readonly repository: LoadableRepository;
  /** What lies there now. @throws where nothing can be found */
  /** What lay there at the last look; default it is looked for. */
  readonly initial?: readonly DiscoveredCandidate[];
  readonly discover: () => Promise<readonly DiscoveredCandidate[]>;
  /** Told what happened beside the loads, which the repository reports itself. */
  readonly onNotice: (about: string, message: string) => void;
  readonly intervalMs?: number;
}

/**
 * Loads models whose files have changed and new ones, and unloads those whose files are gone. A model that serves goes on
 * until the new file has loaded, and where it does not load.
 */
export async function watchModels(watched: WatchedModels): Promise<{ stop(): void }> {
  const { root, repository, discover, onNotice } = watched;
  let known = await signatures(watched.initial ?? (await discover().catch(() => [])), root);
  return watchPaths({
    paths: () => [root],
    ...(watched.intervalMs === undefined ? {} : { intervalMs: watched.intervalMs }),
    onError: (error) => onNotice(root, `watching failed: ${textOf(error)}`),
    onChange: async () => {
      let candidates: readonly DiscoveredCandidate[];
      try {
        candidates = await discover();
      } catch (error) {
        onNotice(root, `${textOf(error)}; what was loaded goes on serving`);
        return;
      }
      const now = await signatures(candidates, root);
      const changed = [...now.keys()].filter((name) => known.get(name) !== now.get(name));
      const gone = [...known.keys()].filter((name) => !now.has(name) && repository.find(name) !== undefined);
      known = now;
      // One after the other: two large models at once may not fit into memory. Failures are reported by the repository.
      for (const name of changed) await repository.load(name).catch(() => undefined);
      for (const name of gone) {
        await repository.unload(name);
        onNotice(name, 'its files are gone; unloaded');
      }
    },
  });
}

/** The state of the files of each model, by its name. */
async function signatures(candidates: readonly DiscoveredCandidate[], root: string): Promise<Map<string, string>> {
  const byName = new Map<string, string>();
  for (const { name, version = '', found } of candidates) {
    // The folder of a bare file is whatever lies around it.
    const where = found === undefined || found.path === root ? root : found.folder;
    byName.set(name, `${byName.get(name) ?? ''}${version}:${await signatureOf(where)}\n`);
  }
  return byName;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

import { dirname, resolve } from 'node:path';
import { BUILT_IN_RUNTIMES, inferenceServices, planService, servingRuntimes } from '@berth/api';
import { storageProblem } from '@berth/storage';
import type { PlannedService } from '../app/run-app.ts';
import type { ReadManifests } from './read-manifests.ts';

/** A plan for every InferenceService; the user's runtimes go before built-in ones of the same name. */
export function planManifests(manifests: ReadManifests, cwd: string): PlannedService[] {
  const own = servingRuntimes(manifests.resources);
  const names = new Set(own.filter((one) => one.kind === 'ClusterServingRuntime').map((one) => one.metadata.name));
  const runtimes = [...own, ...BUILT_IN_RUNTIMES.filter((one) => !names.has(one.metadata.name))];
  const resources = manifests.resources.filter((resource) => resource.kind === 'InferenceService');
  return inferenceServices(resources).map((isvc, index) => {
    const file = resources[index]?.file;
    const isFile = file !== undefined && file !== '(standard input)';
    return {
      isvc,
      plan: planService(isvc, { runtimes, storageProblem }),
      baseFolder: isFile ? dirname(resolve(cwd, file)) : cwd,
    };
  });
}

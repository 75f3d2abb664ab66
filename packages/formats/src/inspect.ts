import type { Inspection } from './format.ts';

/**
 * What a model file or folder holds, told without running any of it.
 * @throws LoadError
 */
export async function inspectModel(path: string): Promise<Inspection> {
  throw new Error(`not yet: ${path}`);
}

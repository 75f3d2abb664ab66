/** The public estimators of scikit-learn, as generate.py read them from its releases. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface CatalogueEntry {
  /** The module that people import it from, e.g. `sklearn.linear_model`. */
  readonly module: string;
  readonly name: string;
  /** The first and last of the releases read that has it, e.g. `0.20` and `1.9`. */
  readonly since: string;
  readonly until: string;
  /** Methods that answer something, as the newest release that has the class defines them. */
  readonly methods: readonly string[];
}

export interface Catalogue {
  /** Minor releases that were read, oldest first. */
  readonly releases: readonly string[];
  readonly estimators: readonly CatalogueEntry[];
}

export async function readCatalogue(): Promise<Catalogue> {
  return JSON.parse(await readFile(join(import.meta.dirname, 'sklearn.json'), 'utf8')) as Catalogue;
}

/** `sklearn.linear_model` of `sklearn.linear_model._logistic`: where people import a class from. */
export function publicModule(module: string): string {
  const parts = module.split('.');
  const isFeatureModule = parts[1] === 'feature_extraction' && (parts[2] === 'text' || parts[2] === 'image');
  return parts.slice(0, isFeatureModule ? 3 : 2).join('.');
}

import { errorsPage } from './errors-page.ts';
import { estimatorsPage } from './estimators-page.ts';
import { runtimesPage } from './runtimes-page.ts';

/** The pages of docs/ that are made from the code, by file name. */
export const PAGES: ReadonlyMap<string, () => string | Promise<string>> = new Map<
  string,
  () => string | Promise<string>
>([
  ['errors.md', errorsPage],
  ['estimators.md', estimatorsPage],
  ['runtimes.md', runtimesPage],
]);

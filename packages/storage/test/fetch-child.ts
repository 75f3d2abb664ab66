import { fetchModel } from '../src/fetch-model.ts';

/** Fetches its first argument into the cache of its second, telling progress; `ready PATH` in the end. */
const [uri = '', cacheFolder = ''] = process.argv.slice(2);
const { path } = await fetchModel(uri, {
  cacheFolder,
  partsFromBytes: 1024 * 1024,
  onProgress: ({ phase, doneBytes }) => process.stdout.write(`${phase} ${doneBytes}\n`),
});
process.stdout.write(`ready ${path}\n`);

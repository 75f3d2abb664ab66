export type { Flavour, Inspection, LoadOptions, ModelFile, ModelFormat } from './format.ts';
export { sklearnFormat } from './sklearn/format.ts';

export type { Flavour, Inspection, LoadOptions, ModelFile, ModelFormat } from './format.ts';

export { howToInstall } from './how-to-install.ts';
export { importPart, isMissing, type Part } from './import-part.ts';

/**
 * The arrows between packages: who may import whom. ARCHITECTURE.md draws the same picture; a package's own
 * package.json must name what it imports as well.
 */
export const ARROWS: ReadonlyMap<string, readonly string[]> = new Map([
  ['errors', []],
  ['inference', ['errors']],
  ['telemetry', []],
  ['tables', []],
  ['parts', []],
  ['exposure', ['inference', 'errors']],
  ['api', ['telemetry']],
  ['storage', ['parts', 'telemetry', 'errors']],
  // Loaded by storage, lazily and by name, so no arrow of the imports leads down to them.
  ['cloud-s3', ['storage']],
  ['cloud-gcs', ['storage']],
  ['cloud-azure', ['storage']],
  ['engine-onnxruntime', ['inference', 'parts', 'telemetry']],
  ['formats', ['inference', 'parts', 'telemetry', 'engine-onnxruntime']],
  ['server', ['exposure', 'formats', 'storage', 'inference', 'errors', 'telemetry']],
  ['control', ['api', 'telemetry']],
  ['gateway', ['exposure', 'inference', 'api', 'telemetry']],
  ['local', ['exposure', 'control', 'gateway', 'storage', 'api', 'telemetry']],
  ['cli', ['local', 'control', 'server', 'formats', 'storage', 'api', 'inference', 'tables', 'errors', 'telemetry']],
]);

/** Packages whose sources touch no socket, file, process or clock. */
export const PURE_PACKAGES: readonly string[] = ['errors', 'inference', 'api', 'control'];

/** What a pure package must not import. */
export const IMPURE_MODULES: readonly string[] = [
  'node:net',
  'node:http',
  'node:http2',
  'node:https',
  'node:fs',
  'node:fs/promises',
  'node:child_process',
  'node:worker_threads',
  'node:cluster',
  'node:dns',
];

/** Third-party packages that only one package may see. */
export const SINGLE_OWNER: ReadonlyMap<string, string> = new Map([
  ['onnxruntime-node', 'engine-onnxruntime'],
  ['@aws-sdk/client-s3', 'cloud-s3'],
  ['google-auth-library', 'cloud-gcs'],
  ['@azure/storage-blob', 'cloud-azure'],
  ['yaml', 'api'],
  ['hyparquet', 'tables'],
]);

/**
 * Sibling folders that must not import each other, with the exceptions that are part of the design: a scikit-learn pickle
 * may hold boosters, boosters are made of trees, the safety scan reads pickles, and MLServer's content types are v2's.
 */
export const SIBLINGS: readonly { readonly folder: string; readonly allowed: readonly string[] }[] = [
  {
    folder: 'packages/formats/src',
    allowed: [
      'sklearn→xgboost',
      'sklearn→lightgbm',
      'sklearn→trees',
      'sklearn→pickle',
      'sklearn→joblib',
      'sklearn→numpy',
      'joblib→pickle',
      'joblib→numpy',
      'joblib→compression',
      'pickle→numpy',
      'numpy→pickle',
      'xgboost→trees',
      'lightgbm→trees',
      'safety→pickle',
      'safety→joblib',
      'safety→numpy',
    ],
  },
  { folder: 'packages/server/src/protocols', allowed: ['grpc→v2'] },
];

import { toYaml } from '@berth/api';

/** What a new InferenceService is made of. */
export interface IsvcFacts {
  readonly name: string;
  readonly namespace?: string | undefined;
  /** KServe's `modelFormat.name`. */
  readonly format: string;
  readonly protocol: 'v1' | 'v2';
  readonly storageUri: string;
  /** E.g. `Pipeline(StandardScaler, SVC)`; absent where the files are not here. */
  readonly summary?: string | undefined;
  readonly sizeBytes?: number | undefined;
  /** How a person serves the file, for its first line. */
  readonly file: string;
}

/**
 * The versions that KServe's stock runtimes serve a format under, over v1 and v2 alike (config/runtimes): an exact text, not
 * the version of the library that saved the model.
 */
const FORMAT_VERSIONS: ReadonlyMap<string, string> = new Map([
  ['sklearn', '1'],
  ['xgboost', '2'],
  ['lightgbm', '4'],
  ['onnx', '1'],
  ['triton', '2'],
]);

/** Formats that KServe serves over v2 alone. */
export const V2_ONLY: ReadonlySet<string> = new Set(['onnx', 'triton']);

const MEBIBYTE = 2 ** 20;

/** The YAML of an InferenceService, short and commented. */
export function isvcYaml(facts: IsvcFacts): string {
  const { name, namespace, format, protocol, storageUri, summary, file } = facts;
  const version = FORMAT_VERSIONS.get(format);
  const isLocal = !/^[A-Za-z][A-Za-z0-9+.-]+:\/\//.test(storageUri);
  const memory = memoryFor(facts.sizeBytes ?? 0);
  const lines = [
    `# ${summary === undefined ? 'A model' : comment(summary)}. Serve it: berth run -f ${comment(file)}`,
    'apiVersion: serving.kserve.io/v1beta1',
    'kind: InferenceService',
    'metadata:',
    `  name: ${name}`,
    ...(namespace === undefined ? [] : [`  namespace: ${namespace}`]),
    'spec:',
    '  predictor:',
    '    model:',
    '      modelFormat:',
    `        name: ${format}`,
    ...(version === undefined
      ? []
      : [`        version: "${version}"  # what KServe's runtimes call it, not the library's version`]),
    `      protocolVersion: ${protocol}`,
    ...(isLocal
      ? [
          '      # Relative to this file. A cluster can not see it: put it into a volume or a bucket, pvc://CLAIM/PATH or s3://…',
        ]
      : []),
    `      storageUri: ${scalar(storageUri)}`,
    '      resources:  # Berth needs little; the Python images of a cluster need about this',
    `        requests: {cpu: 100m, memory: ${memory}Mi}`,
    `        limits: {cpu: "1", memory: ${memory * 2}Mi}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** Half a gibibyte for Python and its libraries, and four times the file. */
function memoryFor(bytes: number): number {
  return 512 + 64 * Math.ceil((4 * bytes) / (64 * MEBIBYTE));
}

/** A name for a service from a file's or folder's: lower case, dashes, a letter first, short enough for a host name. */
export function serviceName(text: string): string {
  const name = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, 40)
    .replace(/-+$/, '');
  if (name === '') return 'model';
  return /^[a-z]/.test(name) ? name : `model-${name}`.slice(0, 40).replace(/-+$/, '');
}

/** A text that YAML reads back as it is. */
function scalar(text: string): string {
  return toYaml(text).trimEnd();
}

/** Text in a comment stays in its line. */
function comment(text: string): string {
  return text.replace(/[\p{Cc}\u0085\u2028\u2029]/gu, ' ').slice(0, 200);
}

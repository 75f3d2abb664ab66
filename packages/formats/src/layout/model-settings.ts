import { isDatatype, LoadError } from '@berth/inference';
import type { DeclaredTensor, FormatName, ModelSettings } from './discovered.ts';
import { JsonObject } from './json-object.ts';

/** The name of MLServer's file. */
export const MODEL_SETTINGS_FILE = 'model-settings.json';

/** What a settings file says, and what follows from it. */
export interface ReadSettings {
  readonly settings: ModelSettings;
  readonly format?: FormatName;
  /** `parameters.uri`, relative to the settings file. */
  readonly uri?: string;
  readonly warnings: readonly string[];
}

/** MLServer's runtimes by import path (mlserver_sklearn, mlserver_xgboost, mlserver_lightgbm: their `__init__.py`). */
const IMPLEMENTATIONS: ReadonlyMap<string, FormatName> = new Map([
  ['mlserver_sklearn.SKLearnModel', 'sklearn'],
  ['mlserver_sklearn.sklearn.SKLearnModel', 'sklearn'],
  ['mlserver_xgboost.XGBoostModel', 'xgboost'],
  ['mlserver_xgboost.xgboost.XGBoostModel', 'xgboost'],
  ['mlserver_lightgbm.LightGBMModel', 'lightgbm'],
  ['mlserver_lightgbm.lightgbm.LightGBMModel', 'lightgbm'],
]);

/** MLServer's well-known file names, which it takes before any other (`get_model_uri`). */
const WELL_KNOWN: ReadonlyMap<FormatName, readonly string[]> = new Map([
  ['sklearn', ['model.joblib', 'model.pickle', 'model.pkl']],
  ['xgboost', ['model.bst', 'model.json', 'model.ubj']],
  ['lightgbm', ['model.bst']],
  ['onnx', ['model.onnx']],
]);

const ACTED_ON = new Set(['name', 'implementation', 'platform', 'versions', 'inputs', 'outputs', 'parameters']);
const PARAMETERS_ACTED_ON = new Set(['uri', 'version', 'content_type', 'extra', 'format']);

/**
 * Reads a `model-settings.json` (MLServer's `ModelSettings`). What the file says wins over `MLSERVER_MODEL_*` in the
 * environment; where both say something different, a warning names the variable.
 * @throws LoadError ModelLayout for a malformed file, UnsupportedModel for another implementation.
 */
export function readModelSettings(text: string, environment: ReadonlyMap<string, string>): ReadSettings {
  const root = JsonObject.parse(text, MODEL_SETTINGS_FILE);
  const parameters = root.object('parameters');
  const warnings: string[] = [];
  const pick = (field: string, variable: string, inFile: string | undefined): string | undefined => {
    const inEnvironment = environment.get(variable);
    if (inFile !== undefined && inEnvironment !== undefined && inEnvironment !== inFile) {
      warnings.push(`${variable} is not used: ${MODEL_SETTINGS_FILE} says ${field} "${inFile}"`);
    }
    return inFile ?? inEnvironment;
  };
  const uri = parameters?.text('uri');
  // The variable holds the place of one model, a file may be one of many: it never applies where a file stands.
  if (environment.has('MLSERVER_MODEL_URI')) {
    warnings.push(`MLSERVER_MODEL_URI is not used: ${MODEL_SETTINGS_FILE} stands beside the model`);
  }
  const implementation = pick('implementation', 'MLSERVER_MODEL_IMPLEMENTATION', root.text('implementation'));
  const name = pick('name', 'MLSERVER_MODEL_NAME', root.text('name'));
  const version = pick('version', 'MLSERVER_MODEL_VERSION', textOrNumber(parameters, 'version'));
  const contentType = pick('content_type', 'MLSERVER_MODEL_CONTENT_TYPE', parameters?.text('content_type'));
  const platform = root.text('platform');
  const inputs = readTensors(root, 'inputs');
  const outputs = readTensors(root, 'outputs');
  const extra = parameters?.object('extra');
  for (const key of root.keys()) if (!ACTED_ON.has(key)) warnings.push(notActedOn(key));
  for (const key of parameters?.keys() ?? []) {
    if (!PARAMETERS_ACTED_ON.has(key)) warnings.push(notActedOn(`parameters.${key}`));
  }
  const format = implementation === undefined ? undefined : formatOfImplementation(implementation);
  return {
    settings: {
      ...(name === undefined ? {} : { name }),
      ...(version === undefined ? {} : { version }),
      ...(platform === undefined || platform === '' ? {} : { platform }),
      ...(contentType === undefined ? {} : { contentType }),
      ...(inputs === undefined ? {} : { inputs }),
      ...(outputs === undefined ? {} : { outputs }),
      ...(extra === undefined ? {} : { extra: new Map(extra.keys().map((key) => [key, extra.raw(key)])) }),
    },
    ...(format === undefined ? {} : { format }),
    ...(uri === undefined ? {} : { uri }),
    warnings,
  };
}

/** The format of an MLServer runtime. @throws LoadError UnsupportedModel that names it and those that are served. */
export function formatOfImplementation(implementation: string): FormatName {
  const format = IMPLEMENTATIONS.get(implementation);
  if (format !== undefined) return format;
  throw new LoadError(
    'UnsupportedModel',
    `the implementation ${implementation} runs Python code, which is not served yet; ` +
      'served are mlserver_sklearn.SKLearnModel, mlserver_xgboost.XGBoostModel and mlserver_lightgbm.LightGBMModel',
  );
}

/** The file names that MLServer takes before any other, for a format. */
export function wellKnownNames(format: FormatName | undefined): readonly string[] {
  return format === undefined ? [] : (WELL_KNOWN.get(format) ?? []);
}

function notActedOn(key: string): string {
  return `${MODEL_SETTINGS_FILE}: ${key} is not acted on`;
}

function textOrNumber(object: JsonObject | undefined, key: string): string | undefined {
  const value = object?.raw(key);
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
  return object?.text(key);
}

function readTensors(root: JsonObject, key: string): DeclaredTensor[] | undefined {
  const list = root.list(key);
  if (list === undefined || list.length === 0) return undefined;
  const names = new Set<string>();
  return list.map((item, index) => {
    const where = `${MODEL_SETTINGS_FILE}: ${key}[${index}]`;
    const tensor = JsonObject.of(item, where);
    const name = tensor.text('name');
    const datatype = tensor.text('datatype');
    if (name === undefined || name === '') throw new LoadError('ModelLayout', `${where}.name is missing`);
    if (names.has(name)) throw new LoadError('ModelLayout', `${where}.name "${name}" stands twice`);
    names.add(name);
    if (!isDatatype(datatype)) {
      throw new LoadError('ModelLayout', `${where}.datatype must be a datatype such as FP32, INT64 or BYTES`);
    }
    const shape = (tensor.list('shape') ?? [-1]).map((dim) => {
      if (typeof dim === 'number' && Number.isSafeInteger(dim) && dim >= -1) return dim;
      throw new LoadError('ModelLayout', `${where}.shape must hold whole numbers, -1 for any size`);
    });
    const contentType = tensor.object('parameters')?.text('content_type');
    return { name, datatype, shape, ...(contentType === undefined ? {} : { contentType }) };
  });
}

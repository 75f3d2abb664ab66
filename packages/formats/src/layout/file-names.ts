import { printable } from '../printable.ts';
import type { FormatName } from './discovered.ts';

/**
 * The extensions that KServe's Python servers look for (sklearnserver, xgbserver, lgbserver; Triton for ONNX), with what
 * people use besides: LightGBM's own examples say `.txt`, XGBoost's `.model`.
 */
const EXTENSIONS: ReadonlyMap<FormatName, readonly string[]> = new Map([
  ['sklearn', ['.joblib', '.pkl', '.pickle']],
  ['xgboost', ['.bst', '.json', '.ubj', '.model']],
  ['lightgbm', ['.bst', '.txt', '.lgb', '.model']],
  ['onnx', ['.onnx']],
]);

/** Files that lie beside models and never are one, lower case. */
const LITTER: ReadonlySet<string> = new Set([
  'conda.yaml',
  'conda.yml',
  'config.pbtxt',
  'desktop.ini',
  'dockerfile',
  'gemfile',
  'input_example.json',
  'license',
  'license.txt',
  'makefile',
  'metadata.json',
  'mlmodel',
  'model-settings.json',
  'notice',
  'package.json',
  'python_env.yaml',
  'requirements.txt',
  'serving_input_example.json',
  'settings.json',
  'thumbs.db',
  'warmup.json',
  '_success',
]);

/** Kinds of files that say by their extension that they are no model: documents, code, pictures, tables, settings. */
const LITTER_EXTENSIONS: ReadonlySet<string> = new Set(
  (
    '.md .rst .html .htm .pdf .ipynb .py .pyc .r .sh .bat .js .ts .java .c .cpp .h .go .toml .ini .cfg .conf .yaml .yml ' +
    '.lock .log .csv .tsv .parquet .arrow .feather .xlsx .png .jpg .jpeg .gif .svg .sha256 .sha1 .md5 .sig .asc .pem ' +
    '.crt .key .whl .dockerfile .env .bak .swp .tmp .partial .crc .pbtxt .npy .npz'
  ).split(' '),
);

/** Folders that never hold a model of their own, lower case. */
const LITTER_FOLDERS: ReadonlySet<string> = new Set(['__pycache__', '__macosx', 'lost+found', 'node_modules', 'venv']);

/** The last extension, lower case with its dot; empty where there is none or the name only starts with a dot. */
export function extensionOf(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot <= 0 ? '' : name.slice(dot).toLowerCase();
}

/** The extensions a format's files usually have. */
export function usualExtensions(format: FormatName): readonly string[] {
  return EXTENSIONS.get(format) ?? [];
}

/** Whether a file of this name is passed over: hidden files, documents, settings, what tools leave behind. */
export function isLitter(name: string): boolean {
  if (name.startsWith('.') || name.startsWith('~') || name.endsWith('~')) return true;
  const lower = name.toLowerCase();
  return LITTER.has(lower) || lower.startsWith('readme') || LITTER_EXTENSIONS.has(extensionOf(lower));
}

/** Whether a folder of this name is passed over. */
export function isLitterFolder(name: string): boolean {
  return name.startsWith('.') || LITTER_FOLDERS.has(name.toLowerCase());
}

/** Up to ten names in one sentence part, the rest counted. */
export function nameSome(names: readonly string[]): string {
  if (names.length === 0) return 'nothing';
  const shown = names.slice(0, 10).map(printable).join(', ');
  return names.length > 10 ? `${shown} and ${names.length - 10} more` : shown;
}

import type { ErrorTable } from './error-entry.ts';

/** Why a model file can not be served. */
export const LOAD_ERRORS = {
  CorruptModel: {
    what: 'The model file is damaged, cut short or contradicts itself.',
    todo: 'Save or copy it again and compare the sizes or digests (`sha256sum`); the message says where reading failed.',
  },
  UnsafeModel: {
    what: 'The pickle asks for code that is not on the list of known, harmless names; nothing of it was run.',
    todo: 'Find out who made the file. `berth inspect` lists every name in it. A class of your own needs a runtime of your own.',
  },
  UnsupportedModel: {
    what: 'A class, an operator or a version in the file has no native evaluator.',
    todo: 'See docs/estimators.md for what has one. Export the model to ONNX, or serve it with a runtime that runs the library.',
  },
  ModelLayout: {
    what: 'The folder holds no model file, several, or a shape that no format knows.',
    todo: 'Name the file itself, or lay the folder out as `name/model.joblib` (or `name/1/model.onnx`); `--format` settles a doubt.',
  },
  ModelUnreadable: {
    what: 'The file or folder is missing or can not be read.',
    todo: 'Check the path and its permissions.',
  },
  EngineMissing: {
    what: 'The format needs an engine that is not installed, or that Berth does not have yet; the message says which.',
    todo: 'Run the one command in the message. Where it names none, see docs/runtimes.md: export to ONNX, or bring the runtime with its image or command.',
  },
  WarmupFailed: {
    what: 'The model loads, and the warm-up request that was shipped with it fails.',
    todo: 'Mend or remove the warm-up request, or save the model again.',
  },
  LimitExceeded: {
    what: 'Reading the model, or downloading it, would pass a bound on bytes, nodes or time.',
    todo: 'See docs/limits.md for the bounds; a file that was made to swell is refused on purpose.',
  },
} as const satisfies ErrorTable;

import { CommandError } from '../terminal/exit-codes.ts';
import type { PythonFailure } from './library-answer.ts';
import type { PythonLoss } from './python-process.ts';

/** The names that pip knows modules by, where they differ. */
const PIP_NAMES: ReadonlyMap<string, string> = new Map([['sklearn', 'scikit-learn']]);

/** What is known when a library can not load a model. */
export interface LoadProblem {
  readonly failure: PythonFailure;
  readonly executable: string;
  readonly format: string;
  /** Version of the library that saved the model, where the file says. */
  readonly savedVersion: string | undefined;
  /** Version of the format's library in this Python; undefined where it is not there. */
  readonly version: string | undefined;
}

/** The library that saves a format. */
export function libraryOf(format: string): string {
  return format === 'onnx'
    ? 'onnxruntime'
    : (PIP_NAMES.get(format) ?? (format === 'sklearn' ? 'scikit-learn' : format));
}

/** A library that is not installed, as an error with the line that brings it; undefined where the problem is another. */
export function missingLibrary(problem: LoadProblem): CommandError | undefined {
  const { failure, executable, format, savedVersion } = problem;
  const { module } = failure;
  if (failure.kind !== 'import' || module === null || module.includes('.')) return undefined;
  // Only what could not be found at all: an import that fails inside an installed library is another problem.
  if (failure.type !== 'ModuleNotFoundError') return undefined;
  const name = PIP_NAMES.get(module) ?? module;
  const isOwn = name === libraryOf(format) && format !== 'onnx';
  const saved = isOwn && savedVersion !== undefined ? `; the model was saved by ${name} ${savedVersion}` : '';
  const pinned = isOwn && savedVersion !== undefined ? `${name}==${savedVersion}` : name;
  return new CommandError(`${executable} has no ${name}${saved}`, {
    code: 'LibraryMissing',
    hint: `${executable} -m pip install ${pinned}, or name another Python: --python .venv/bin/python`,
  });
}

/** Why a library that is there does not load the model, for people. */
export function loadProblemText(problem: LoadProblem): string {
  const { failure, executable, format, savedVersion, version } = problem;
  const name = libraryOf(format);
  const saved = savedVersion === undefined ? '' : `, which ${name} ${savedVersion} saved`;
  const text = `${name}${version === undefined ? '' : ` ${version}`} of ${executable} does not load the model${saved}: ${failure.type}: ${failure.message}`;
  if (savedVersion === undefined || savedVersion === version) return text;
  return `${text}; try the release that saved it: pip install ${name}==${savedVersion}`;
}

/** What became of a process that gave no answer, for people. */
export function lossText(loss: PythonLoss, executable: string, stage: string): string {
  switch (loss.kind) {
    case 'not-started':
      return notStarted(executable, loss.code);
    case 'ended': {
      const how = loss.signal === null ? `ended with code ${loss.code}` : `was ended by ${loss.signal}`;
      return `the Python process ${how} while it ${stage}`;
    }
    case 'timeout':
      return `the Python process gave no answer in ${loss.ms / 1000} s while it ${stage}; it was ended (--timeout)`;
    case 'interrupted':
      return `interrupted while the Python process ${stage}; it was ended`;
    case 'garbled':
      return `the Python process gave an answer that is none (${loss.why}) while it ${stage}; it was ended`;
  }
}

function notStarted(executable: string, code: string): string {
  if (code === 'ENOENT') return `${executable} can not be started: there is no such program`;
  if (code === 'EACCES') return `${executable} can not be started: it is not executable, or may not be by this user`;
  return `${executable} can not be started (${code})`;
}

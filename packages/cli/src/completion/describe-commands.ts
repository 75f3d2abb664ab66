import { COMMANDS } from '../main.ts';

/** How the value of an option, or a word of a command, is completed. */
export type Values =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'files' }
  /** Names of the platform's services, asked for when the key is pressed. */
  | { readonly kind: 'services' }
  | { readonly kind: 'nothing' };

/** An option as a shell offers it. */
export interface CompletedOption {
  readonly name: string;
  readonly short?: string;
  /** Absent for a switch. */
  readonly values?: Values;
  readonly help: string;
}

/** A command as a shell offers it. */
export interface CompletedCommand {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly CompletedOption[];
  /** Its first word, and those after it. */
  readonly first: Values;
  readonly others: Values;
}

const FILES: Values = { kind: 'files' };
const SERVICES: Values = { kind: 'services' };
const NOTHING: Values = { kind: 'nothing' };
const words = (...list: string[]): Values => ({ kind: 'words', words: list });

const KINDS = words(
  ...['isvc', 'pods', 'revisions', 'events', 'secrets', 'configmaps', 'serviceaccounts', 'servingruntimes'],
  ...['clusterservingruntimes', 'trainedmodels', 'inferencegraphs', 'localmodelcaches', 'namespaces'],
);

export const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const;

/** What stands where in a command line; a command that is not here takes no words. */
const WORDS: ReadonlyMap<string, readonly [first: Values, others: Values]> = new Map([
  ['serve', [FILES, NOTHING]],
  ['inspect', [FILES, NOTHING]],
  ['verify', [FILES, NOTHING]],
  ['score', [FILES, FILES]],
  ['run', [FILES, FILES]],
  ['check', [FILES, FILES]],
  ['apply', [FILES, FILES]],
  ['new', [words('isvc'), FILES]],
  ['get', [KINDS, SERVICES]],
  ['describe', [SERVICES, SERVICES]],
  ['delete', [KINDS, SERVICES]],
  ['logs', [SERVICES, NOTHING]],
  ['events', [SERVICES, NOTHING]],
  ['predict', [SERVICES, FILES]],
  ['rollout', [words('status', 'history', 'undo', 'promote', 'restart'), SERVICES]],
  ['cache', [words('ls', 'rm', 'prune', 'verify'), NOTHING]],
  ['completion', [words(...SHELLS), NOTHING]],
]);

const FORMATS = words('sklearn', 'xgboost', 'lightgbm', 'onnx');

/** Values of options whose help names them in words. */
const VALUES: ReadonlyMap<string, Values> = new Map([
  ['format', FORMATS],
  ['flavour', words('kserve', 'mlserver', 'triton')],
  ['log-level', words('debug', 'info', 'warn', 'error', 'silent')],
  ['fail-on', words('unsafe', 'unsupported')],
  ['allow', words('needs-library', 'needs-program', 'needs-image', 'cannot-run')],
  ['file', FILES],
]);

const OPTION = /^ {2}(?:-(\w), )?--([a-z][a-z0-9-]*)(?: (\S+))? {2,}(.*)$/gm;

/** Every command with its options, as its own help tells them. */
export async function describeCommands(): Promise<CompletedCommand[]> {
  const described: CompletedCommand[] = [];
  for (const [name, { summary, load }] of COMMANDS) {
    const { command } = await load();
    const options = [...command.help.matchAll(OPTION)].map(([, short, option, value, help]): CompletedOption => {
      const values = value === undefined ? {} : { values: valuesOf(option as string, value) };
      return { name: option as string, ...(short === undefined ? {} : { short }), ...values, help: help as string };
    });
    const [first, others] =
      name === 'help' ? [words(...COMMANDS.keys()), NOTHING] : (WORDS.get(name) ?? [NOTHING, NOTHING]);
    described.push({
      name,
      summary,
      options: [...options, { name: 'help', short: 'h', help: 'show the options' }],
      first,
      others,
    });
  }
  return described;
}

function valuesOf(option: string, value: string): Values {
  // FILE|- is a file; v1|v2 and json|yaml are all there is.
  if (/^[a-z0-9]+(\|[a-z0-9]+)*$/.test(value)) return words(...value.split('|'));
  const known = VALUES.get(option);
  if (known !== undefined) return known;
  return /FILE|FOLDER|PATH|KEY/.test(value) && !value.includes('=') ? FILES : NOTHING;
}

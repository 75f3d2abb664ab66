import type { CompletedCommand, Values } from './describe-commands.ts';

/** The completion script of bash (3.2 and newer). */
export function bashScript(commands: readonly CompletedCommand[]): string {
  const names = commands.map((one) => one.name).join(' ');
  const values = commands.flatMap(({ name, options }) =>
    options
      .filter((option) => option.values !== undefined)
      .map((option) => {
        const short = option.short === undefined ? '' : `|"${name} -${option.short}"`;
        return `    "${name} --${option.name}"${short}) ${offer(option.values as Values)}; return ;;`;
      }),
  );
  const flags = commands.map(
    ({ name, options }) => `      ${name}) _berth_words "${options.map((option) => `--${option.name}`).join(' ')}" ;;`,
  );
  const first = commands.map(({ name, first }) => `      ${name}) ${offer(first)} ;;`);
  const others = commands.map(({ name, others }) => `      ${name}) ${offer(others)} ;;`);
  return `# bash completion of berth: source <(berth completion bash)
_berth_words() { COMPREPLY=($(compgen -W "$1" -- "$cur")); }
_berth_files() {
  compopt -o filenames 2>/dev/null
  local IFS=$'\\n'
  COMPREPLY=($(compgen -f -- "$cur"))
}
_berth_services() { _berth_words "$("\${COMP_WORDS[0]}" completion --names 2>/dev/null)"; }
_berth() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD - 1]}" command="\${COMP_WORDS[1]}"
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then _berth_words "${names}"; return; fi
  # --name=value comes as three words.
  if [ "$cur" = "=" ]; then cur=""; elif [ "$prev" = "=" ]; then prev="\${COMP_WORDS[COMP_CWORD - 2]}"; fi
  case "$command $prev" in
${values.join('\n')}
  esac
  if [ "\${cur:0:1}" = "-" ]; then
    case "$command" in
${flags.join('\n')}
    esac
    return
  fi
  if [ "$COMP_CWORD" -eq 2 ]; then
    case "$command" in
${first.join('\n')}
    esac
  else
    case "$command" in
${others.join('\n')}
    esac
  fi
}
complete -F _berth berth
`;
}

function offer(values: Values): string {
  switch (values.kind) {
    case 'words':
      return `_berth_words "${values.words.join(' ')}"`;
    case 'files':
      return '_berth_files';
    case 'services':
      return '_berth_services';
    default:
      return ':';
  }
}

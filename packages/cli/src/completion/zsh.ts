import type { CompletedCommand, Values } from './describe-commands.ts';

/** The completion script of zsh. */
export function zshScript(commands: readonly CompletedCommand[]): string {
  const listed = commands.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}`);
  const values = commands.flatMap(({ name, options }) =>
    options
      .filter((option) => option.values !== undefined)
      .map((option) => {
        const short = option.short === undefined ? '' : `|'${name} -${option.short}'`;
        return `    '${name} --${option.name}'${short}) ${offer(option.values as Values)}; return ;;`;
      }),
  );
  const flags = commands.map(({ name, options }) => {
    const each = options.map((option) => quoted(`--${option.name}:${option.help}`)).join(' ');
    return `      ${name}) flags=(${each}) ;;`;
  });
  const first = commands.map(({ name, first }) => `      ${name}) ${offer(first)} ;;`);
  const others = commands.map(({ name, others }) => `      ${name}) ${offer(others)} ;;`);
  return `#compdef berth
# zsh completion of berth: source <(berth completion zsh), or a file _berth on the fpath
_berth_services() { compadd -- \${(f)"$($words[1] completion --names 2>/dev/null)"} }
_berth() {
  local -a commands flags
  commands=(
${listed.join('\n')}
  )
  if (( CURRENT == 2 )); then _describe 'command' commands; return; fi
  local command=$words[2] previous=$words[CURRENT-1]
  # --name=value is one word.
  if [[ $PREFIX == --*=* ]]; then previous=\${PREFIX%%=*}; compset -P '*='; fi
  case "$command $previous" in
${values.join('\n')}
  esac
  if [[ $PREFIX == -* ]]; then
    case "$command" in
${flags.join('\n')}
    esac
    _describe 'option' flags
    return
  fi
  if (( CURRENT == 3 )); then
    case "$command" in
${first.join('\n')}
    esac
  else
    case "$command" in
${others.join('\n')}
    esac
  fi
}
compdef _berth berth
`;
}

function offer(values: Values): string {
  switch (values.kind) {
    case 'words':
      return `compadd -- ${values.words.join(' ')}`;
    case 'files':
      return '_files';
    case 'services':
      return '_berth_services';
    default:
      return ':';
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

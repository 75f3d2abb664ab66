import { COMMANDS, type Command } from '../main.ts';
import { CommandError, EXIT } from '../terminal/exit-codes.ts';

const FILE_COMMANDS = 'serve|run|predict|inspect|verify';

function bash(names: string): string {
  return `_berth() {
  local current="\${COMP_WORDS[COMP_CWORD]}"
  if [ "$COMP_CWORD" -eq 1 ]; then COMPREPLY=($(compgen -W "${names}" -- "$current")); return; fi
  case "\${COMP_WORDS[1]}" in ${FILE_COMMANDS}) COMPREPLY=($(compgen -f -- "$current"));; esac
}
complete -o filenames -F _berth berth
`;
}

function zsh(names: string): string {
  return `#compdef berth
_berth() {
  if (( CURRENT == 2 )); then compadd ${names}; else _files; fi
}
compdef _berth berth
`;
}

export const command: Command = {
  help: 'usage: berth completion bash|zsh\n\nPrints a script; e.g. source <(berth completion bash)\n',
  async run([shell], io) {
    const names = [...COMMANDS.keys()].join(' ');
    if (shell === 'bash') io.out(bash(names));
    else if (shell === 'zsh') io.out(zsh(names));
    else throw new CommandError('name a shell: bash or zsh', { exitCode: EXIT.usage });
    return EXIT.ok;
  },
};

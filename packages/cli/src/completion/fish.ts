import type { CompletedCommand, Values } from './describe-commands.ts';

/** The completion script of fish. */
export function fishScript(commands: readonly CompletedCommand[]): string {
  const lines = [
    '# fish completion of berth: berth completion fish > ~/.config/fish/completions/berth.fish',
    'function __berth_at; set -l words (commandline -opc); test (count $words) -eq $argv[1]; end',
    'function __berth_in; set -l words (commandline -opc); test (count $words) -gt 1; and test "$words[2]" = $argv[1]; end',
    'complete -c berth -f',
  ];
  for (const { name, summary } of commands) {
    lines.push(`complete -c berth -n '__berth_at 1' -a ${name} -d ${quoted(summary)}`);
  }
  for (const { name, options, first, others } of commands) {
    const inside = `complete -c berth -n '__berth_in ${name}'`;
    for (const option of options) {
      const short = option.short === undefined ? '' : ` -s ${option.short}`;
      const value = option.values === undefined ? '' : ` ${ofOption(option.values)}`;
      lines.push(`${inside} -l ${option.name}${short}${value} -d ${quoted(option.help)}`);
    }
    lines.push(...ofWord(`complete -c berth -n '__berth_in ${name}; and __berth_at 2'`, first));
    lines.push(...ofWord(`complete -c berth -n '__berth_in ${name}; and not __berth_at 2'`, others));
  }
  return `${lines.join('\n')}\n`;
}

function ofOption(values: Values): string {
  if (values.kind === 'files') return '-r -F';
  return values.kind === 'words' ? `-x -a ${quoted(values.words.join(' '))}` : '-x';
}

function ofWord(inside: string, values: Values): string[] {
  switch (values.kind) {
    case 'words':
      return [`${inside} -a ${quoted(values.words.join(' '))}`];
    case 'files':
      return [`${inside} -F`];
    case 'services':
      return [`${inside} -a '(berth completion --names 2>/dev/null)'`];
    default:
      return [];
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

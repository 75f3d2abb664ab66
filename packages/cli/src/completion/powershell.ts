import type { CompletedCommand, Values } from './describe-commands.ts';

/** The completion script of PowerShell (5.1 and newer). */
export function powershellScript(commands: readonly CompletedCommand[]): string {
  const entries = commands.map(({ name, summary, options, first, others }) => {
    const flags = options.map((option) => {
      const values = option.values === undefined ? '' : `; Values = ${list(option.values)}`;
      const short = option.short === undefined ? '' : `; Short = '-${option.short}'`;
      return `      @{ Name = '--${option.name}'; Help = ${quoted(option.help)}${short}${values} }`;
    });
    return `    ${name} = @{ Help = ${quoted(summary)}; First = ${list(first)}; Others = ${list(others)}; Options = @(
${flags.join('\n')}
    ) }`;
  });
  return `# PowerShell completion of berth: berth completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName berth -ScriptBlock {
  param($word, $ast, $position)
  $commands = [ordered]@{
${entries.join('\n')}
  }
  $words = @($ast.CommandElements | Where-Object { $_.Extent.EndOffset -lt $position -or $_.ToString() -ne $word } | ForEach-Object { $_.ToString() })
  $offer = {
    param($values)
    switch ($values[0]) {
      ':files' { Get-ChildItem -Name -Path "$word*" -ErrorAction SilentlyContinue }
      ':services' { & $words[0] completion --names 2>$null }
      default { $values }
    }
  }
  $result = {
    param($text, $help)
    [System.Management.Automation.CompletionResult]::new($text, $text, 'ParameterValue', $help)
  }
  if ($words.Count -le 1) {
    $commands.Keys | Where-Object { $_ -like "$word*" } | ForEach-Object { & $result $_ $commands[$_].Help }
    return
  }
  $command = $commands[$words[1]]
  if ($null -eq $command) { return }
  $previous = $words[$words.Count - 1]
  $option = $command.Options | Where-Object { ($_.Name -eq $previous -or $_.Short -eq $previous) -and $_.Values } | Select-Object -First 1
  if ($null -ne $option) { $found = & $offer $option.Values }
  elseif ($word -like '-*') {
    $command.Options | Where-Object { $_.Name -like "$word*" } | ForEach-Object { & $result $_.Name $_.Help }
    return
  }
  elseif ($words.Count -eq 2) { $found = & $offer $command.First }
  else { $found = & $offer $command.Others }
  $found | Where-Object { $_ -and $_ -like "$word*" } | ForEach-Object { & $result $_ $_ }
}
`;
}

function list(values: Values): string {
  switch (values.kind) {
    case 'words':
      return `@(${values.words.map(quoted).join(', ')})`;
    case 'files':
      return "@(':files')";
    case 'services':
      return "@(':services')";
    default:
      return "@('')";
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

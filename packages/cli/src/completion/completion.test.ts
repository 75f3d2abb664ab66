import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fakeIo } from '../../test/fake-io.ts';
import { COMMANDS, main } from '../main.ts';
import { describeCommands } from './describe-commands.ts';

let folder = '';
const scripts = new Map<string, string>();

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-completion-'));
  // In the place of the real one: what the scripts ask it for.
  await mkdir(join(folder, 'bin'));
  const berth = join(folder, 'bin', 'berth');
  await writeFile(berth, '#!/bin/sh\n[ "$1 $2" = "completion --names" ] && printf "fraud\\niris\\n"\n');
  await chmod(berth, 0o755);
  await mkdir(join(folder, 'work', 'models'), { recursive: true });
  for (const name of ['model one.joblib', 'isvc.yaml']) await writeFile(join(folder, 'work', name), '');
  for (const shell of ['bash', 'zsh', 'fish', 'powershell']) {
    const io = fakeIo();
    assert.equal(await main(['completion', shell], io), 0);
    scripts.set(shell, io.written.out);
    await writeFile(join(folder, `berth.${shell}`), io.written.out);
  }
});
after(() => rm(folder, { recursive: true }));

/** What a shell offers for the last of the words. */
type Completer = (words: readonly string[]) => string[];

function run(shell: string, args: readonly string[]): string[] {
  const env = { ...process.env, PATH: `${join(folder, 'bin')}:${process.env.PATH}`, HOME: folder };
  const out = execFileSync(shell, args, { encoding: 'utf8', cwd: join(folder, 'work'), env });
  return out.split('\n').filter((line) => line !== '');
}

const quoted = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;

const bash: Completer = (words) => {
  // As readline splits them.
  const split = words.flatMap((word) => (word.startsWith('--') && word.includes('=') ? splitAt(word) : [word]));
  return run('bash', [
    '--norc',
    '-c',
    `source ${folder}/berth.bash; COMP_WORDS=(${split.map(quoted).join(' ')}); COMP_CWORD=${split.length - 1}; _berth; printf '%s\\n' "\${COMPREPLY[@]}"`,
  ]);
};

function splitAt(word: string): string[] {
  const at = word.indexOf('=');
  return [word.slice(0, at), '=', ...(at + 1 < word.length ? [word.slice(at + 1)] : [])];
}

const zsh: Completer = (words) => {
  const last = words.at(-1) ?? '';
  const stubs = `
compdef() { }
compset() { PREFIX=\${PREFIX#*=} }
compadd() { local word; for word in "\${@:#--}"; do [[ $word == $PREFIX* ]] && print -r -- $word; done; true }
_files() { local each; for each in *; do [[ $each == $PREFIX* ]] && print -r -- $each; done; true }
_describe() { local each; for each in "\${(@P)2}"; do [[ $each == $PREFIX* ]] && print -r -- \${each%%:*}; done; true }`;
  return run('zsh', [
    '-f',
    '-c',
    `${stubs}\nsource ${folder}/berth.zsh\nwords=(${words.map(quoted).join(' ')}); CURRENT=${words.length}; PREFIX=${quoted(last)}; _berth`,
  ]);
};

const fish: Completer = (words) =>
  run('fish', ['--no-config', '-c', `source ${folder}/berth.fish; complete -C ${quoted(words.join(' '))}`]).map(
    (line) => line.split('\t')[0] as string,
  );

describe('completion', () => {
  for (const [shell, complete] of [
    ['bash', bash],
    ['zsh', zsh],
    ['fish', fish],
  ] as const) {
    describe(shell, () => {
      const isThere = spawnSync(shell, ['--version']).status === 0;
      const skip = isThere ? false : `${shell} is not installed`;
      test('the script parses', { skip }, () => {
        const checked = spawnSync(shell, ['-n', join(folder, `berth.${shell}`)], { encoding: 'utf8' });
        assert.equal(checked.status, 0, checked.stderr);
      });
      test('offers commands', { skip }, () => {
        assert.deepEqual(complete(['berth', '']).sort(), [...COMMANDS.keys()].sort());
        assert.deepEqual(complete(['berth', 'ser']), ['serve']);
      });
      test('offers options and their values', { skip }, () => {
        assert.deepEqual(complete(['berth', 'serve', 'x', '--http']), ['--http-port']);
        assert.deepEqual(complete(['berth', 'serve', '--format', 'sk']), ['sklearn']);
        assert.deepEqual(complete(['berth', 'serve', '--log-level', 'de']), ['debug']);
        assert.deepEqual(complete(['berth', 'inspect', 'x', '-o', '']).sort(), ['json', 'text', 'yaml']);
        assert.deepEqual(complete(['berth', 'check', '--allow', 'needs-i']), ['needs-image']);
      });
      test('offers values after an equals sign', { skip }, () => {
        const found = complete(['berth', 'serve', '--format=sk']).map((word) => word.replace(/^--format=/, ''));
        assert.deepEqual(found, ['sklearn']);
      });
      test('offers files, with blanks in their names', { skip }, () => {
        const plain = (found: string[]) => found.map((word) => word.replaceAll('\\ ', ' ').replace(/\/$/, ''));
        assert.deepEqual(plain(complete(['berth', 'serve', 'mod'])).sort(), ['model one.joblib', 'models']);
        assert.deepEqual(plain(complete(['berth', 'apply', '-f', 'is'])), ['isvc.yaml']);
        assert.deepEqual(plain(complete(['berth', 'new', 'isvc', 'model '.trim()])).sort(), [
          'model one.joblib',
          'models',
        ]);
      });
      test('offers names of services, and words of commands', { skip }, () => {
        assert.deepEqual(complete(['berth', 'logs', '']), ['fraud', 'iris']);
        assert.deepEqual(complete(['berth', 'get', 'isvc', 'ir']), ['iris']);
        assert.deepEqual(complete(['berth', 'rollout', 'und']), ['undo']);
        assert.deepEqual(complete(['berth', 'rollout', 'undo', 'f']), ['fraud']);
        assert.deepEqual(complete(['berth', 'completion', 'f']), ['fish']);
      });
    });
  }

  test('the script for PowerShell closes what it opens', () => {
    const script = scripts.get('powershell') as string;
    assert.deepEqual(openBrackets(script), []);
    for (const name of COMMANDS.keys()) assert.ok(script.includes(`\n    ${name} = @{ Help = '`), name);
    // The check can fail.
    assert.notDeepEqual(openBrackets(script.replace('$commands = [ordered]@{', '$commands = [ordered]@')), []);
    assert.notDeepEqual(openBrackets(`${script}'`), []);
  });

  test('knows every option of every command', async () => {
    for (const { name, options } of await describeCommands()) {
      const help = (await COMMANDS.get(name)?.load())?.command.help ?? '';
      const told = [...help.matchAll(/^ {2}(?:-\w, )?--([a-z0-9-]+)/gm)].map((match) => match[1]);
      assert.deepEqual(
        options.slice(0, -1).map((one) => one.name),
        told,
        name,
      );
    }
  });

  test('names of services are none, at once, where no platform runs', async () => {
    const io = fakeIo({ env: { BERTH_STATE: join(folder, 'nowhere'), HOME: folder } });
    assert.equal(await main(['completion', '--names'], io), 0);
    assert.deepEqual(io.written, { out: '', err: '' });
  });
});

/** Brackets and quotes of a PowerShell text that are open at its end or closed wrongly. */
function openBrackets(script: string): string[] {
  const pairs = new Map([
    ['}', '{'],
    [')', '('],
    [']', '['],
  ]);
  const open: string[] = [];
  const text = script
    .replaceAll(/'(?:[^']|'')*'/g, 'x')
    .replaceAll(/#.*$/gm, '')
    .replaceAll(/"[^"]*"/g, 'x');
  for (const character of text) {
    if ('{(['.includes(character) || character === "'" || character === '"') open.push(character);
    else if (pairs.has(character) && open.pop() !== pairs.get(character)) return [...open, character];
  }
  return open;
}

/** A kubectl of 1.28 or newer: the machine's, or one that is built once from its Go module and kept. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const OLDEST_MINOR = 28;
/** The release whose API Berth's is like. */
const RELEASE = '1.34.4';

/**
 * The kubectl to test with: `BERTH_KUBECTL`, the one in PATH, or the built one. Undefined where there is neither a new
 * enough one nor Go.
 */
export function kubectlBinary(): string | undefined {
  const named = process.env.BERTH_KUBECTL;
  if (named !== undefined && named !== 'build') return named;
  if (named === undefined && minorOf('kubectl') >= OLDEST_MINOR) return 'kubectl';
  return built();
}

/** The minor version of a kubectl; -1 where it does not run. */
function minorOf(binary: string): number {
  const run = spawnSync(binary, ['version', '--client', '-o', 'json'], { encoding: 'utf8' });
  if (run.status !== 0) return -1;
  const { clientVersion } = JSON.parse(run.stdout) as { clientVersion?: { minor?: string } };
  return Number.parseInt(clientVersion?.minor ?? '-1', 10);
}

const MAIN = `package main

import (
	"k8s.io/component-base/cli"
	"k8s.io/kubectl/pkg/cmd"
	"k8s.io/kubectl/pkg/cmd/util"
)

func main() {
	if err := cli.RunNoErrOutput(cmd.NewDefaultKubectlCommand()); err != nil {
		util.CheckErr(err)
	}
}
`;

function built(): string | undefined {
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  const folder = join(cache, 'berth', 'kubectl', RELEASE);
  const binary = join(folder, 'kubectl');
  if (existsSync(binary)) return binary;
  if (spawnSync('go', ['version']).status !== 0) return undefined;
  console.log(`# building kubectl ${RELEASE} (once) …`);
  mkdirSync(folder, { recursive: true });
  const module = RELEASE.replace(/^1/, '0');
  const requires = ['cli-runtime', 'client-go', 'component-base', 'kubectl'].map(
    (name) => `\tk8s.io/${name} v${module}`,
  );
  writeFileSync(join(folder, 'main.go'), MAIN);
  writeFileSync(join(folder, 'go.mod'), `module kubectl\n\ngo 1.24.0\n\nrequire (\n${requires.join('\n')}\n)\n`);
  const flags = `-s -w -X k8s.io/component-base/version.gitVersion=v${RELEASE}`;
  const go = (...args: string[]) => execFileSync('go', args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  go('mod', 'tidy');
  go('build', '-ldflags', flags, '-o', `${binary}.new`, '.');
  renameSync(`${binary}.new`, binary);
  return binary;
}

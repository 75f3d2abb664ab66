/** Outputs that can not be written: a disk that is full, a reader that has gone. */
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Check } from './commands.ts';
import { berth, unkind } from './run-berth.ts';

const ROWS = `a,b,c,d\n${'5.1,3.5,1.4,0.2\n'.repeat(300_000)}`;

export async function outputs(check: Check, folder: string, env: Record<string, string>): Promise<void> {
  writeFileSync(join(folder, 'long.csv'), ROWS);
  for (const args of [
    ['inspect', 'model.joblib', '-o', 'json'],
    ['score', 'model.joblib', 'long.csv'],
    ['help'],
    ['completion', 'bash'],
  ]) {
    await check(`${args[0]} into a pipe that is closed at once ends quietly`, async () => {
      const meanwhile = (child: { stdout: { destroy(): void } | null }) => child.stdout?.destroy();
      const { code, err } = await berth(args, { cwd: folder, env, meanwhile });
      if (![0, 141].includes(code)) throw new Error(`exit code ${code}: ${err.slice(0, 300)}`);
      if (/\n\s+at |EPIPE|error:/.test(err)) throw new Error(err.slice(0, 300));
    });
  }
  const disk = join(folder, 'disk');
  mkdirSync(disk);
  const isMounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]).status === 0;
  if (!isMounted) {
    console.log('# skipped: a full disk (a small file system can be mounted by root alone)');
    return;
  }
  try {
    const told = async (args: string[], wanted: { code: number; text: RegExp }, stdout?: number) => {
      const ran = await berth(args, { cwd: folder, env, ...(stdout === undefined ? {} : { stdout }) });
      const problem = unkind(ran, { ...wanted, json: false });
      if (problem !== undefined) throw new Error(problem);
    };
    const full = { code: 1, text: /no space is left on the disk/ };
    await check('score onto a full disk says so, and leaves what it wrote marked or nothing', async () => {
      await told(['score', 'model.joblib', 'long.csv', '-o', 'disk/x.csv'], full);
      if (existsSync(join(disk, 'x.csv'))) throw new Error('there is an output without a mark');
      for (const name of readdirSync(disk)) rmSync(join(disk, name));
    });
    writeFileSync(join(disk, 'fill'), '');
    spawnSync('sh', ['-c', `cat /dev/zero > ${disk}/fill 2>/dev/null`]);
    await check('new onto a full disk leaves no empty file behind', async () => {
      await told(['new', 'isvc', 'model.joblib', '-o', 'disk/x.yaml'], full);
      if (existsSync(join(disk, 'x.yaml'))) throw new Error(`x.yaml of ${statSync(join(disk, 'x.yaml')).size} bytes`);
    });
    for (const args of [['inspect', 'model.joblib'], ['score', 'model.joblib', 'rows.csv'], ['help']]) {
      await check(`${args[0]} > a file on a full disk says so`, async () => {
        const descriptor = openSync(join(disk, 'out'), 'w');
        try {
          await told(args, full, descriptor);
        } finally {
          closeSync(descriptor);
        }
      });
    }
  } finally {
    execFileSync('umount', [disk]);
  }
}

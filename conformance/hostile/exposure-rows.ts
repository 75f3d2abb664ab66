/** reliability 1.1: where a server listens, and on which terms. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../tools/free-port.ts';
import { berth } from '../bad-input/run-berth.ts';
import { descendants, type Target, type Walk } from './scene.ts';

/** Addresses that a process listens on, as the kernel tells them; loopback in its hexadecimal. */
function listening(port: number): string[] {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const lines = ['tcp', 'tcp6'].flatMap((table) => readFileSync(`/proc/net/${table}`, 'utf8').split('\n'));
  return lines.flatMap((line) => new RegExp(`^\\s*\\d+: ([0-9A-F]+):${hex} \\S+ 0A `).exec(line)?.[1] ?? []);
}

const LOOPBACK = new Set(['0100007F', '00000000000000000000000001000000']);

/** Loopback alone, keys or a word for more, and no secret on a command line. */
export async function exposureRows(
  walk: Walk,
  targets: readonly Target[],
  folder: string,
  secrets: readonly string[],
): Promise<void> {
  for (const { name, port } of targets) {
    const found = listening(port);
    walk.row(
      `1.1 ${name}: listens on loopback alone`,
      found.length > 0 && found.every((one) => LOOPBACK.has(one)),
      String(found),
    );
  }
  for (const [what, args, env] of [
    ['--host 0.0.0.0', ['--host', '0.0.0.0'], {}],
    ['BERTH_HOST', [], { BERTH_HOST: '0.0.0.0' }],
    ['--host ::', ['--host', '::'], {}],
  ] as const) {
    const ports = ['--http-port', String(await freePort()), '--no-grpc-port'];
    const { code, out, err } = await berth(['serve', join(folder, 'models', 'iris'), ...ports, ...args], {
      cwd: folder,
      env,
    });
    walk.row(
      `1.1 serve ${what} without keys`,
      code !== 0 && /api-key-file|insecure-no-auth/.test(out + err),
      `${code} ${err}`,
    );
  }
  const lines = descendants(process.pid)
    .map(({ command }) => command)
    .join('\n');
  walk.row('1.1 no secret on a command line', !secrets.some((one) => lines.includes(one)), 'a secret');
}

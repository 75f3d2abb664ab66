import { readdir, readFile, readlink } from 'node:fs/promises';
import { basename } from 'node:path';

/** Who listens on a port. */
export interface PortOwner {
  readonly pid: number;
  readonly command: string;
}

const LISTEN_STATE = '0A';
/** Bounds the search: a machine with more processes than this goes without the owner's name. */
const MAX_PROCESSES = 20_000;

/**
 * The process that listens on a TCP port of this machine, by `/proc` (Linux). Undefined where it can not be known:
 * another system, or a process whose files this user may not read.
 */
export async function portOwner(port: number, proc = '/proc'): Promise<PortOwner | undefined> {
  const inodes = new Set<string>();
  for (const table of ['tcp', 'tcp6']) {
    const text = await readFile(`${proc}/net/${table}`, 'utf8').catch(() => '');
    for (const inode of listeningInodes(text, port)) inodes.add(inode);
  }
  if (inodes.size === 0) return undefined;
  const entries = await readdir(proc).catch(() => []);
  for (const pid of entries.filter((entry) => /^\d+$/.test(entry)).slice(0, MAX_PROCESSES)) {
    if (!(await holdsSocket(proc, pid, inodes))) continue;
    return { pid: Number(pid), command: await commandOf(proc, pid) };
  }
  return undefined;
}

/** Inodes of the sockets that listen on `port`, from the text of `/proc/net/tcp` or `tcp6`. */
export function listeningInodes(table: string, port: number): string[] {
  const inodes: string[] = [];
  for (const line of table.split('\n').slice(1)) {
    const fields = line.trim().split(/\s+/);
    const [, local = '', , state] = fields;
    if (state !== LISTEN_STATE || Number.parseInt(local.slice(local.lastIndexOf(':') + 1), 16) !== port) continue;
    const inode = fields[9];
    if (inode !== undefined) inodes.push(inode);
  }
  return inodes;
}

/** The program's file name (a thread may have renamed itself in `comm`). */
async function commandOf(proc: string, pid: string): Promise<string> {
  const program = (await readFile(`${proc}/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0')[0];
  if (program !== undefined && program !== '') return basename(program);
  return (await readFile(`${proc}/${pid}/comm`, 'utf8').catch(() => '')).trim() || 'another process';
}

async function holdsSocket(proc: string, pid: string, inodes: ReadonlySet<string>): Promise<boolean> {
  const descriptors = await readdir(`${proc}/${pid}/fd`).catch(() => []);
  for (const descriptor of descriptors) {
    const target = await readlink(`${proc}/${pid}/fd/${descriptor}`).catch(() => '');
    const match = /^socket:\[(\d+)\]$/.exec(target);
    if (match !== null && inodes.has(match[1] as string)) return true;
  }
  return false;
}

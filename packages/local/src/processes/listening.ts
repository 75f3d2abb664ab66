import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { listProcStats } from './proc-stat.ts';

const LISTEN = '0A';

/** Whether a process of the session listens on a TCP port of the machine's network (Linux; false elsewhere). */
export function sessionListensOn(session: number, port: number): boolean {
  const inodes = listeningSockets(port);
  if (inodes.size === 0) return false;
  for (const stat of listProcStats()) {
    if (stat.session !== session) continue;
    let descriptors: string[];
    try {
      descriptors = readdirSync(`/proc/${stat.pid}/fd`);
    } catch {
      continue;
    }
    for (const descriptor of descriptors) {
      try {
        const match = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${stat.pid}/fd/${descriptor}`));
        if (match !== null && inodes.has(match[1] as string)) return true;
      } catch {
        // It was closed meanwhile.
      }
    }
  }
  return false;
}

/** Inodes of the sockets that listen on a port (proc(5), /proc/net/tcp). */
function listeningSockets(port: number): ReadonlySet<string> {
  const inodes = new Set<string>();
  for (const table of ['tcp', 'tcp6']) {
    let text: string;
    try {
      text = readFileSync(`/proc/net/${table}`, 'latin1');
    } catch {
      continue;
    }
    for (const line of text.split('\n').slice(1)) {
      const fields = line.trim().split(/\s+/);
      const local = fields[1] ?? '';
      if (fields[3] === LISTEN && Number.parseInt(local.slice(local.lastIndexOf(':') + 1), 16) === port) {
        inodes.add(fields[9] as string);
      }
    }
  }
  return inodes;
}

import { execFile } from 'node:child_process';
import { access, constants, mkdir, readFile, statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { freemem, totalmem } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Check } from './check.ts';

const execute = promisify(execFile);
const GIB = 1024 ** 3;
const MIN_NODE = 24;

/** Node itself. */
export function nodeCheck(version: string = process.versions.node): Check {
  return {
    name: 'node',
    run: async () => {
      const major = Number(version.split('.')[0]);
      if (major >= MIN_NODE) return { level: 'ok', message: `Node ${version}` };
      return { level: 'problem', message: `Node ${version} is too old`, fix: `install Node ${MIN_NODE} or newer` };
    },
  };
}

/** Memory for replicas: each takes some 60 MB and its model. */
export function memoryCheck(free: number = freemem(), total: number = totalmem()): Check {
  return {
    name: 'memory',
    run: async () => {
      const message = `${(free / GIB).toFixed(1)} of ${(total / GIB).toFixed(1)} GiB free`;
      if (free > GIB / 2) return { level: 'ok', message };
      return {
        level: 'note',
        message,
        fix: 'a replica takes some 60 MB and its model; stop something or use minReplicas: 0',
      };
    },
  };
}

/** A folder that must be writable, with the space left where it lies. */
export function folderCheck(name: string, folder: string, minBytes: number): Check {
  return {
    name,
    run: async () => {
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        await access(folder, constants.W_OK);
      } catch (thrown) {
        const { code } = thrown as NodeJS.ErrnoException;
        const flag = name === 'cache' ? '--cache-dir' : '--state-dir';
        return {
          level: 'problem',
          message: `${folder} can not be written (${code})`,
          fix: `name another: ${flag} FOLDER`,
        };
      }
      const { bavail, bsize } = await statfs(folder);
      const free = bavail * bsize;
      const message = `${folder}, ${(free / GIB).toFixed(1)} GiB free`;
      if (free >= minBytes) return { level: 'ok', message };
      return {
        level: 'problem',
        message,
        fix: name === 'cache' ? 'berth cache prune, or another --cache-dir' : 'free some space',
      };
    },
  };
}

/** A port that the platform wants; one that the running platform has is its own. */
export function portCheck(port: number, flag: string, isOurs: boolean): Check {
  return {
    name: `port ${port}`,
    run: async () => {
      if (isOurs) return { level: 'ok', message: 'held by the running platform' };
      const code = await new Promise<string | undefined>((resolve) => {
        const server = createServer();
        server.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'));
        server.listen(port, '127.0.0.1', () => server.close(() => resolve(undefined)));
      });
      if (code === undefined) return { level: 'ok', message: 'free' };
      const message = code === 'EADDRINUSE' ? 'in use by another program' : `can not be opened (${code})`;
      return { level: 'problem', message, fix: `berth up ${flag} with another port` };
    },
  };
}

/** Open files: each connection and replica takes some. */
export function filesCheck(limitsFile = '/proc/self/limits'): Check {
  return {
    name: 'open files',
    run: async () => {
      const text = await readFile(limitsFile, 'utf8').catch(() => '');
      const soft = Number(/^Max open files\s+(\d+)/m.exec(text)?.[1] ?? Number.NaN);
      if (Number.isNaN(soft)) return { level: 'ok', message: 'no limit is known here' };
      if (soft >= 4096) return { level: 'ok', message: `${soft} at once` };
      return { level: 'note', message: `only ${soft} at once`, fix: 'raise it for many connections: ulimit -n 65536' };
    },
  };
}

/** Whether a program is on the PATH. */
export async function findProgram(name: string, path: string | undefined): Promise<string | undefined> {
  for (const folder of (path ?? '').split(delimiter).filter(Boolean)) {
    const candidate = join(folder, name);
    if (
      await access(candidate, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return candidate;
  }
  return undefined;
}

/** What runs images. */
export function engineCheck(path: string | undefined): Check {
  return {
    name: 'container engine',
    run: async () => {
      for (const name of ['podman', 'docker', 'nerdctl']) {
        const found = await findProgram(name, path);
        if (found !== undefined) return { level: 'ok', message: `${name} (${dirname(found)})` };
      }
      return {
        level: 'note',
        message: 'none: runtimes whose image Berth does not know can not be run',
        fix: 'install podman, docker or nerdctl if you have such; model files of known formats need none',
      };
    },
  };
}

/** Whether foreign commands can have namespaces of their own. */
export function namespacesCheck(path: string | undefined): Check {
  return {
    name: 'namespaces',
    run: async () => {
      const unshare = await findProgram('unshare', path);
      const fix = 'commands of your own share the ports of this machine; their declared port is replaced';
      if (unshare === undefined) return { level: 'note', message: 'there is no unshare here', fix };
      const flags = process.getuid?.() === 0 ? '-nm' : '-rnm';
      const works = await execute(unshare, [flags, 'true']).then(
        () => true,
        () => false,
      );
      return works
        ? { level: 'ok', message: `unshare ${flags} works` }
        : { level: 'note', message: `unshare ${flags} is not allowed here`, fix };
    },
  };
}

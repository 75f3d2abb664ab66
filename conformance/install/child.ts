/** Commands as somebody types them, with nothing of this process's environment but what is handed over. */
import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

/** Where and with what a command runs. */
export interface Place {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** A user to run as, where this process may choose. */
  readonly uid?: number;
}

/** What a command said. */
export interface Said {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

/** A command that runs. */
export interface Running {
  readonly pid: number;
  said(): string;
  /** Waits until the predicate gives something. @throws Error with the output where the command ends or 60 s pass */
  until<T>(what: string, find: () => T | undefined | Promise<T | undefined>): Promise<T>;
  /** Sends a signal, to all of a terminal's foreground processes with `group`; resolves with the exit code. */
  end(signal: NodeJS.Signals, group?: boolean): Promise<number | null>;
}

/** Runs a command to its end; after `limitMs` it is killed with all that it started. */
export async function run(command: readonly string[], place: Place, limitMs = 240_000): Promise<Said> {
  const child = open(command, place);
  const timer = setTimeout(() => killGroup(child.process.pid), limitMs);
  const status = await child.exit;
  clearTimeout(timer);
  return { status, out: child.out(), err: child.err() };
}

/** Starts a command, as the leader of its process group. */
export function start(command: readonly string[], place: Place): Running {
  const child = open(command, place);
  const pid = child.process.pid as number;
  const said = () => child.out() + child.err();
  let ended = false;
  void child.exit.then(() => {
    ended = true;
  });
  return {
    pid,
    said,
    async until(what, find) {
      for (const end = Date.now() + 60_000; Date.now() < end && !ended; await sleep(25)) {
        const found = await find();
        if (found !== undefined) return found;
      }
      await this.end('SIGKILL', true);
      throw new Error(`${command.join(' ')}: not ${what}; its output:\n${said()}`);
    },
    async end(signal, group = false) {
      if (!ended) {
        try {
          process.kill(group ? -pid : pid, signal);
        } catch {
          // It has ended by itself meanwhile.
        }
      }
      const late = sleep(30_000, 'late' as const, { ref: false });
      const code = await Promise.race([child.exit, late]);
      if (code !== 'late') return code;
      killGroup(pid);
      return null;
    },
  };
}

/** What leads its group may be gone while others of it run: uvx leaves its command behind when it is killed. */
function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // All of it has ended meanwhile.
  }
}

function open(command: readonly string[], place: Place) {
  const [file, ...args] = command;
  const child: ChildProcess = spawn(file, args, {
    cwd: place.cwd,
    env: { ...place.env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(place.uid === undefined ? {} : { uid: place.uid, gid: place.uid }),
  });
  let [out, err] = ['', ''];
  child.stdout?.on('data', (chunk: Buffer) => {
    out = (out + chunk.toString()).slice(-100_000);
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    err = (err + chunk.toString()).slice(-100_000);
  });
  const exit = new Promise<number | null>((resolve) => {
    child.on('error', (error) => {
      err += error.message;
      resolve(null);
    });
    child.on('close', (code) => resolve(code));
  });
  return { process: child, exit, out: () => out, err: () => err };
}

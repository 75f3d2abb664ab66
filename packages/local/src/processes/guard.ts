import { type ChildProcess, spawn } from 'node:child_process';

/**
 * Reads `+ <group>` and `- <group>` until its input ends, which it does when the keeper is gone, and then kills the
 * groups that are left. A shell is there on every Unix and takes a megabyte.
 */
const SCRIPT = `
trap '' INT TERM HUP
groups=' '
while read -r change group; do
  case $change in
    +) groups="$groups$group " ;;
    -) case $groups in *" $group "*) groups="\${groups%% $group *} \${groups#* $group }" ;; esac ;;
  esac
done
for group in $groups; do kill -9 "-$group"; done 2>/dev/null
`;

/** Ends process groups when this process is killed. */
export interface Guard {
  add(group: number): void;
  remove(group: number): void;
  /** Ends the guard; what is still on its list is killed. */
  close(): Promise<void>;
}

/** Starts the guard process; one that dies is replaced. */
export function startGuard(onNotice: (message: string) => void): Guard {
  const groups = new Set<number>();
  let isClosed = false;
  let failures = 0;
  let child = launch();

  function launch(): ChildProcess {
    const started = spawn('/bin/sh', ['-c', SCRIPT], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
      env: {},
      cwd: '/',
    });
    started.on('error', (error) => onNotice(`the guard of the processes does not start: ${error.message}`));
    started.stdin?.on('error', () => undefined);
    started.on('exit', () => {
      if (isClosed || ++failures > 5) return;
      child = launch();
      for (const group of groups) tell(`+ ${group}`);
    });
    started.unref();
    (started.stdin as unknown as { unref?: () => void } | null)?.unref?.();
    return started;
  }

  function tell(line: string): void {
    child.stdin?.write(`${line}\n`);
  }

  return {
    add(group) {
      groups.add(group);
      tell(`+ ${group}`);
    },
    remove(group) {
      if (groups.delete(group)) tell(`- ${group}`);
    },
    close() {
      isClosed = true;
      return new Promise((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return resolve();
        child.ref();
        child.once('exit', () => resolve());
        child.stdin?.end();
      });
    },
  };
}

import { spawn } from 'node:child_process';
import { killGroup } from '../processes/process-group.ts';
import type { InsideCommand, ProbeResult } from './run-probe.ts';

const MAX_OUTPUT_BYTES = 1_000;

/** Runs a command inside of the replica; code 0 is well. */
export function probeExec(command: readonly string[], where: InsideCommand, timeoutMs: number): Promise<ProbeResult> {
  const [file = '', ...args] = [...where.command, ...command];
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      env: { ...where.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      ...(where.cwd === undefined ? {} : { cwd: where.cwd }),
    });
    let output = '';
    const take = (chunk: Buffer) => {
      if (output.length < MAX_OUTPUT_BYTES) output += chunk.toString('utf8').slice(0, MAX_OUTPUT_BYTES);
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      if (child.pid !== undefined) killGroup(child.pid, 'SIGKILL');
    }, timeoutMs);
    child.on('error', (error) => {
      clearTimeout(timer);
      resolve({ isOk: false, message: `the probe's command does not start: ${error.message}` });
    });
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      if (child.pid !== undefined) killGroup(child.pid, 'SIGKILL');
      if (code === 0) return resolve({ isOk: true });
      const how = isLate ? `did not end within ${timeoutMs / 1_000} s` : `ended with ${code ?? signal}`;
      const said = output.trim() === '' ? '' : `: ${output.trim()}`;
      resolve({ isOk: false, message: `the probe's command ${how}${said}` });
    });
  });
}

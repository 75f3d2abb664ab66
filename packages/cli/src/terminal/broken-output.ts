import type { Writable } from 'node:stream';
import { codeLine } from './code-line.ts';

/** As the shell has it for a process that a closed pipe ended: 128 and SIGPIPE. */
const BROKEN_PIPE = 141;

/**
 * Ends the process, without a trace of the stack, once its output can not be written: in silence where the reader has gone
 * (`| head`), with the reason where the disk is full.
 */
export function guardOutput(
  out: Writable = process.stdout,
  err: Writable = process.stderr,
  exit: (code: number) => void = process.exit,
): void {
  out.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return exit(BROKEN_PIPE);
    const why = error.code === 'ENOSPC' ? 'no space is left on the disk' : (error.code ?? error.message);
    err.write(`error: the output can not be written: ${why}\n${codeLine('FileNotWritable')}`);
    exit(1);
  });
  // Messages have nowhere else to go.
  err.on('error', () => exit(BROKEN_PIPE));
}

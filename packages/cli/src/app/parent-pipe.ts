import { fstatSync } from 'node:fs';
import type { Readable } from 'node:stream';

/** Whether standard input is a pipe of the process that started this one, whose end tells of that process's own. */
export function hasParentPipe(descriptor = 0): boolean {
  try {
    const stat = fstatSync(descriptor);
    return stat.isFIFO() || stat.isSocket();
  } catch {
    return false;
  }
}

/** Calls back once when the other end of the pipe is gone: whoever started this process has ended. */
export function onParentGone(input: Readable, callback: () => void): void {
  let told = false;
  const tell = () => {
    if (told) return;
    told = true;
    callback();
  };
  input.on('end', tell);
  input.on('close', tell);
  input.on('error', tell);
  input.resume();
}

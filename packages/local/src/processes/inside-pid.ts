import { readFileSync } from 'node:fs';

/**
 * The process of a command in namespaces of its own, by the id of the process that made them: that one's only child is
 * the first process inside, and the last child of it the command (the bridge comes before).
 */
export function insidePid(outer: number): number | undefined {
  const first = childrenOf(outer)[0];
  return first === undefined ? undefined : childrenOf(first).at(-1);
}

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1')
      .trim()
      .split(' ')
      .filter((one) => one !== '')
      .map(Number);
  } catch {
    return [];
  }
}

/** Signals a process group; one that is gone is fine. */
export function killGroup(group: number, signal: NodeJS.Signals): void {
  // Group 0 would be this process's own, group 1 every process there is.
  if (!Number.isSafeInteger(group) || group <= 1) return;
  try {
    process.kill(-group, signal);
  } catch {
    // It has ended.
  }
}

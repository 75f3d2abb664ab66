/**
 * Runs beside a graph in its process, as a thread: ends the process when the server that started it is gone. The main
 * thread can not see to that, since it may be inside a graph that computes without end.
 */
const parent = process.ppid;

setInterval(() => {
  if (process.ppid !== parent || !isAlive(parent)) process.kill(process.pid, 'SIGKILL');
}, 500);

/** Windows keeps telling the id of a parent that has ended. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

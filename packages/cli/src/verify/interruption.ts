/** Ctrl-C and a request to end, as a signal, until it is let go of. A second one ends the process as ever. */
export function untilInterrupted(): { readonly signal: AbortSignal; readonly letGo: () => void } {
  const controller = new AbortController();
  const abort = () => controller.abort();
  process.once('SIGINT', abort);
  process.once('SIGTERM', abort);
  return {
    signal: controller.signal,
    letGo() {
      process.off('SIGINT', abort);
      process.off('SIGTERM', abort);
    },
  };
}

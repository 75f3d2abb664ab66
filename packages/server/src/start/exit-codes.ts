/** Exit code where requests were cut because the drain time was up. */
export const EXIT_CUT = 75;
/** Ctrl-C before there was anything to serve. */
export const EXIT_INTERRUPTED = 130;

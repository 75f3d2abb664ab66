/** Exit code where requests were cut because the drain time was up. */
export const EXIT_CUT = 75;

/** What a gateway has under way, from a request's head to the end of its answer; tunnels too. */
export class Activity {
  running = 0;
  /** Bytes of bodies that are kept to be sent again. */
  keptBytes = 0;
  /** Set once: connections end with the answer that is under way. */
  isDraining = false;
}

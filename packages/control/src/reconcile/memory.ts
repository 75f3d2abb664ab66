/** What the controller remembers of a service between two looks at it; everything in it can be lost at any time. */
export interface ServiceMemory {
  readonly uid: string;
  /** Where requests go, as published last and as the gateway has confirmed it. */
  signature: string;
  confirmed: string;
  /** Replicas that get no new request and are stopped when their last one has been answered. */
  readonly leaving: Set<string>;
  /** Replicas that were told to stop. */
  readonly stopped: Set<string>;
  /** Requests wait for these revisions. */
  readonly demanded: Set<string>;
  /** What was said last, by subject, so that only changes make events. */
  readonly said: Map<string, string>;
  /** Its replicas bind a port of their own choosing. */
  isExclusive: boolean;
  /** Replicas that the routes named when they were published last; undefined where a controller before this one did it. */
  routed: ReadonlySet<string> | undefined;
  /** What was looked at for warnings, and how it was written. */
  written: string;
  /** The claims of host names that were made last, as JSON. */
  claims: string;
}

/** A blank memory of a service. */
export function newMemory(uid: string): ServiceMemory {
  return {
    uid,
    signature: '',
    confirmed: '',
    leaving: new Set(),
    stopped: new Set(),
    demanded: new Set(),
    said: new Map(),
    isExclusive: false,
    routed: undefined,
    written: '',
    claims: '',
  };
}

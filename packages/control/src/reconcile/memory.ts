import type { PlatformConfig } from '../plan/platform-config.ts';

/** What the controller remembers of a service between two looks at it; everything in it can be lost at any time. */
export interface ServiceMemory {
  readonly uid: string;
  /** What was published last, as JSON. */
  published: string;
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
  /** A Secret, ConfigMap or ServiceAccount may mend what is wrong. */
  waitsForConfig: boolean;
  /** The configuration that the claims of host names were made with. */
  claimedWith: PlatformConfig | undefined;
  claims: string;
}

/** A blank memory of a service. */
export function newMemory(uid: string): ServiceMemory {
  return {
    uid,
    published: '',
    signature: '',
    confirmed: '',
    leaving: new Set(),
    stopped: new Set(),
    demanded: new Set(),
    said: new Map(),
    waitsForConfig: false,
    claimedWith: undefined,
    claims: '',
  };
}

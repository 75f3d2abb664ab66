import type { InferenceService, RoutedHost, TrafficShare } from '@berth/api';
import type { PlatformConfig } from '../plan/platform-config.ts';
import type { Source } from '../revisions/resolve-source.ts';
import type { Revision } from '../revisions/revision.ts';
import type { Progress } from '../status/failure.ts';
import type { ReplicaView } from '../substrate/substrate.ts';
import type { Rollout, TrafficTarget } from '../traffic/rollout.ts';
import type { Track } from './tracks.ts';

/** A revision as it runs now. */
export interface RunningRevision {
  readonly revision: Revision;
  /** Replicas that it shall have. */
  readonly desired: number;
  /** Those that are not on their way out. */
  readonly replicas: readonly ReplicaView[];
}

/** Everything that is known of a service at one moment; its status is made from it. */
export interface ServiceView {
  readonly isvc: InferenceService;
  readonly config: PlatformConfig;
  readonly tracks: readonly {
    readonly track: Track;
    readonly source: Source | undefined;
    readonly current: Revision | undefined;
  }[];
  readonly rollout: Rollout;
  readonly targets: readonly TrafficTarget[];
  /** Whether the targets are those that the spec asks for. */
  readonly isShifted: boolean;
  readonly shares: readonly TrafficShare[];
  readonly running: ReadonlyMap<string, RunningRevision>;
  readonly hosts: readonly RoutedHost[];
  readonly pathPrefix: string;
  readonly predictor: Progress;
  readonly ingress: Progress;
  readonly stopped: boolean;
}

import type { ReplicaView, Workload } from '@berth/control';
import type { ControlGroups } from '../isolation/control-groups.ts';
import type { ProcessHost } from '../keeper/process-host.ts';
import type { Clock } from './clock.ts';
import type { LaunchPlan } from './launch-plan.ts';

/** What a replica needs of the substrate. */
export interface ReplicaContext {
  readonly host: ProcessHost;
  readonly clock: Clock;
  /** Decides how the workload runs here. @throws LaunchRefused */
  readonly prepare: (id: string, workload: Workload) => Promise<LaunchPlan>;
  /** The log file of the next run; makes room for it. */
  readonly nextLogFile: (id: string, workload: Workload) => string;
  readonly sessionListensOn: (session: number, port: number) => boolean;
  readonly containers: {
    /** Removes a container that an engine still has. Never rejects. */
    remove(container: NonNullable<LaunchPlan['container']>): Promise<void>;
    processOf(container: NonNullable<LaunchPlan['container']>): Promise<number | undefined>;
  };
  readonly groups: Pick<ControlGroups, 'ranOutOfMemory' | 'remove' | 'removeAll'> | undefined;
  readonly onChange: (id: string, view: ReplicaView | undefined) => void;
}

/** What is given to the keeper with a process, to know it again after a restart of the control part. */
export interface ReplicaNote {
  readonly kind: 'berth-replica';
  readonly version: 1;
  readonly id: string;
  readonly workload: Workload;
  readonly plan: LaunchPlan;
  readonly restarts: number;
}

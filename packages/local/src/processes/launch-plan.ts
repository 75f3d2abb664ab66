import type { Address } from '@berth/api';
import type { ShownSocket } from '../isolation/shown-socket.ts';

/** How one process of a replica is started and reached. Plain data: it comes back from the keeper after a restart. */
export interface LaunchPlan {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly uid?: number;
  readonly gid?: number;
  readonly endpoint: { readonly http: Address; readonly grpc?: Address };
  /** Addresses of the ports that the container declares, by number and by name. */
  readonly ports: readonly { readonly port: number; readonly name?: string; readonly address: Address }[];
  /** What a command that runs inside of the replica (an exec probe) is started with; `{main}` is the id of its command's process. */
  readonly inside: readonly string[];
  /** A folder of this process alone, removed when it has ended. */
  readonly folder: string;
  readonly notes: readonly string[];
  readonly isExclusive: boolean;
  /** The declared port where another was given to the command: it may insist on its own. */
  readonly insistsOn?: number;
  /** The socket that its process makes, where it is used by another name. */
  readonly socket?: ShownSocket;
  /** The control group that holds it to its limits. */
  readonly group?: string;
  /** A container of an engine, which has to be removed by the engine. */
  readonly container?: { readonly engine: string; readonly name: string };
}

/** Why a workload can not be started here. */
export class LaunchRefused extends Error {
  readonly reason: string;
  readonly isFinal: boolean;

  constructor(reason: string, message: string, options: { readonly isFinal: boolean }) {
    super(message);
    this.name = 'LaunchRefused';
    this.reason = reason;
    this.isFinal = options.isFinal;
  }
}

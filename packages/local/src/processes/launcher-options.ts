import type { Containers } from '../containers/containers.ts';
import type { ControlGroups } from '../isolation/control-groups.ts';
import type { Machine } from '../isolation/machine.ts';
import type { ServiceUsers } from '../isolation/service-users.ts';
import type { NativeProgram } from './native-launch.ts';

/** What the launcher needs to know of the platform and the machine. */
export interface LauncherOptions {
  readonly machine: Machine;
  readonly users: ServiceUsers;
  readonly containers: Containers;
  /** Undefined where the kernel holds no limits for us. */
  readonly groups: ControlGroups | undefined;
  readonly runFolder: string;
  readonly stateFolder: string;
  readonly program: NativeProgram;
  /** Where commands are looked for. */
  readonly path: string;
  /** Folders that the models of a multi-model replica may be links into. */
  readonly modelFolders: readonly string[];
  readonly denyCommands: boolean;
  /** Whether the files at a path are still what they were when they came; default: yes. */
  readonly checkModel?: (path: string) => Promise<boolean>;
}

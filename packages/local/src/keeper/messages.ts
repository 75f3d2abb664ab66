import type { ProcessExit } from './process-host.ts';

/** What a part of the platform tells the keeper over Node's IPC; JSON. */
export type PartMessage =
  /** It serves; `info` is shown to who started the platform (addresses and the like). */
  | { readonly type: 'ready'; readonly info: unknown }
  /** An exit has been taken; it is told again until then. */
  | { readonly type: 'taken'; readonly sequence: number }
  /** A call of the ProcessHost; from the control part only. */
  | {
      readonly type: 'call';
      readonly id: number;
      readonly method: 'start' | 'stop' | 'list';
      readonly args: unknown[];
    };

/** What the keeper tells a part. */
export type KeeperMessage =
  | { readonly type: 'result'; readonly id: number; readonly value?: unknown; readonly error?: string }
  | { readonly type: 'exit'; readonly sequence: number; readonly exit: ProcessExit }
  /** The platform is ending: nothing is started any more. */
  | { readonly type: 'stopping' };

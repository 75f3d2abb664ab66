export { examineMachine, type Machine } from './isolation/machine.ts';
export { connectKeeper, type KeeperChannel, type KeeperConnection } from './keeper/connect-keeper.ts';
export { handleKeeperSignals, type SignalSource } from './keeper/keeper-signals.ts';
export { createLocalHost, type LocalHost } from './keeper/local-host.ts';
export { EXIT_CUT } from './keeper/part.ts';
export type { ProcessExit, ProcessHost, ProcessRecord, ProcessSpec } from './keeper/process-host.ts';
export { type Keeper, type KeeperOptions, startKeeper } from './keeper/start-keeper.ts';
export { StateInUse, stateOwner } from './keeper/state-lock.ts';
export { KINDS, type KindInfo, kindInfo } from './kinds/kind-info.ts';
export { createPodLogs, type PodLogsOptions } from './logs/create-pod-logs.ts';
export type { LogLine, LogOptions, PodLogs } from './logs/pod-logs.ts';
export { keepLocalModels, type LocalModelCachesParts } from './models/local-model-caches.ts';
export {
  createModelSource,
  type LocalModelSource,
  type ModelSourceOptions,
  type ModelSourceParts,
} from './models/model-source.ts';
export type { PlatformOptions, RunningPlatform } from './platform/platform-options.ts';
export { startPlatform } from './platform/start-platform.ts';
export { type Clock, systemClock } from './processes/clock.ts';
export { createSubstrate, type LocalSubstrate, type SubstrateOptions } from './processes/create-substrate.ts';

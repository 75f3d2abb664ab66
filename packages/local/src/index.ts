// What the keeper needs and no more: it is the process of `berth up`, and stays small by loading nothing of its parts.
export type { PlatformOptions, RunningPlatform } from './platform/platform-options.ts';
export { startPlatform } from './platform/start-platform.ts';

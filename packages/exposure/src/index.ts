export { isLoopbackAddress, type ListenPlan, listenPlan } from './addresses.ts';
export { makeApiKey } from './api-keys.ts';
export { type Authorizer, loadAuthorizer } from './authorize.ts';
export { decideExposure, type Exposure, type ExposureSettings } from './decide.ts';
export { type ListenTarget, listenError, listenErrorText } from './listen-error.ts';
export { listeningInodes, type PortOwner, portOwner } from './port-owner.ts';
export { StartError, type StartErrorCode } from './start-error.ts';

export { GatewayLink } from './link/gateway-link.ts';
export { type GatewayOptions, type RunningGateway, startGateway } from './process/start-gateway.ts';

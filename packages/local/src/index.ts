export { KINDS, type KindInfo, kindInfo } from './kinds/kind-info.ts';

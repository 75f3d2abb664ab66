export { KINDS, type KindInfo, kindInfo } from '@berth/api';

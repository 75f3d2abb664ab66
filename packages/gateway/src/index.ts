export type { Address } from '@berth/api';

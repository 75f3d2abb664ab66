export { type Command, main } from './main.ts';
export type { Io } from './terminal/io.ts';

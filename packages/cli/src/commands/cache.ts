import type { Command } from '../main.ts';

export const command: Command = { help: '', run: async () => 0 };

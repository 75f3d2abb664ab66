import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import type { GatewayCommand, GatewayReport } from '@berth/api';
import { readLines, writeLine } from './lines.ts';

/** The gateway's end of the link to the control part. */
export interface LinkServer {
  report(report: GatewayReport): void;
  close(): Promise<void>;
}

/** Listens on a Unix socket of mode 0600; the newest connection is the control part. */
export async function startLinkServer(path: string, onCommand: (command: GatewayCommand) => void): Promise<LinkServer> {
  let control: Socket | undefined;
  const server = createServer((socket) => {
    control?.destroy();
    control = socket;
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (control === socket) control = undefined;
    });
    readLines(socket, (message) => {
      if (control === socket) onCommand(message as GatewayCommand);
    });
  });
  // A gateway that was killed leaves its socket behind.
  rmSync(path, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => resolve());
  });
  chmodSync(path, 0o600);
  return {
    report(report) {
      if (control !== undefined) writeLine(control, report);
    },
    close: () =>
      new Promise((resolve) => {
        control?.destroy();
        server.close(() => resolve());
      }),
  };
}

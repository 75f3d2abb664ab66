import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * The folder of a platform's sockets: short, since the path of a Unix socket takes 107 bytes, and told by the state
 * folder, so that each part finds it.
 */
export function runFolder(stateFolder: string): string {
  const digest = createHash('sha256').update(stateFolder).digest('hex').slice(0, 12);
  const base = process.getuid?.() === 0 ? '/run' : (process.env.XDG_RUNTIME_DIR ?? tmpdir());
  return join(base, `berth-${digest}`);
}

/** Makes the folder, for this user alone. */
export function makeRunFolder(stateFolder: string): string {
  const folder = runFolder(stateFolder);
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  return folder;
}

/** Where the gateway takes its table from the control part. */
export function gatewayLinkPath(stateFolder: string): string {
  return join(runFolder(stateFolder), 'gateway.sock');
}

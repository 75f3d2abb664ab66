import { lstatSync, unlinkSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { StartError } from '@berth/exposure';
import type { BoundPort } from './bind.ts';

/** Bytes that the path of a Unix socket may have: `sun_path` less its closing zero (Linux; 103 elsewhere). */
const MAX_PATH_BYTES = process.platform === 'linux' ? 107 : 103;
/** The socket is its owner's alone: who may open it may call the server. */
const OWNER_ONLY = 0o177;

export interface SocketOptions {
  readonly path: string;
  readonly onConnection: (socket: Socket) => void;
  readonly onAcceptError?: (error: NodeJS.ErrnoException) => void;
}

/**
 * Listens on a Unix socket that only its owner can open. One that a killed server left behind is replaced; the file
 * goes away when the server stops.
 * @throws StartError where another process listens there, or the path can not be one.
 */
export async function bindSocket(options: SocketOptions): Promise<BoundPort> {
  const { path } = options;
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) {
    throw new StartError(`a socket's path has at most ${MAX_PATH_BYTES} bytes; ${path} is longer: give a shorter one`);
  }
  await removeStale(path);
  const server = createServer({ pauseOnConnect: false });
  server.on('connection', options.onConnection);
  const before = process.umask(OWNER_ONLY);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      // The file is made inside this call, so the narrow mask holds for it and for nothing else.
      server.listen({ path, backlog: 1_024 }, resolve);
      process.umask(before);
    });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StartError(`can not listen on the socket ${path}: ${code ?? error}`, {
      cause: error,
      code: 'AddressNotAllowed',
    });
  } finally {
    process.umask(before);
  }
  server.removeAllListeners('error');
  server.on('error', (error) => options.onAcceptError?.(error));
  return {
    port: 0,
    addresses: [path],
    stop: () => {
      server.close(() => undefined);
      return new Promise((resolve) => setImmediate(resolve));
    },
  };
}

/** @throws StartError */
async function removeStale(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket())
    throw new StartError(`${path} is there already and is no socket; choose another path`, {
      code: 'AddressInUse',
    });
  if (await answers(path))
    throw new StartError(`another process listens on the socket ${path}; stop it first`, { code: 'AddressInUse' });
  unlinkSync(path);
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

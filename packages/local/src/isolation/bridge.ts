/**
 * Runs inside the network namespace of a command, as source text given to `node -e`: forwards Unix sockets, which the
 * gateway can open, to ports of the namespace's loopback. A socket is listened on once its port is, so that whoever
 * connects before is told that nobody is there. Uses nothing from outside of itself.
 * The arguments are pairs of a socket's path and a port.
 */
function bridgeMain(): void {
  const net = process.getBuiltinModule('node:net');
  const LOOK_MS = 15;
  const SLOW_LOOK_MS = 100;
  // It ends with the command, not with the signal that asks the command to finish what it does.
  process.on('SIGTERM', () => undefined);
  process.on('SIGINT', () => undefined);
  process.umask(0o177);
  const pairs: [string, number][] = [];
  for (let index = 1; index + 1 < process.argv.length; index += 2) {
    // What follows is the command's.
    if (process.argv[index] === '--') break;
    pairs.push([process.argv[index] as string, Number(process.argv[index + 1])]);
  }
  const reach = (port: number, host: string) => net.connect({ port, host, noDelay: true, allowHalfOpen: true });
  for (const [path, port] of pairs) {
    let host = '127.0.0.1';
    const server = net.createServer({ allowHalfOpen: true, pauseOnConnect: true }, (outer) => {
      const inner = reach(port, host);
      outer.on('error', () => inner.destroy());
      inner.on('error', () => outer.destroy());
      outer.on('close', () => inner.destroy());
      inner.on('close', () => outer.destroy());
      inner.on('connect', () => {
        outer.pipe(inner);
        inner.pipe(outer);
      });
    });
    server.on('error', () => process.exit(1));
    let tries = 0;
    const look = (): void => {
      // A server may listen on either loopback.
      const candidate = tries++ % 2 === 0 ? '127.0.0.1' : '::1';
      const trial = reach(port, candidate);
      trial.on('connect', () => {
        trial.destroy();
        host = candidate;
        server.listen({ path, backlog: 1024 });
      });
      trial.on('error', () => setTimeout(look, tries < 1_000 ? LOOK_MS : SLOW_LOOK_MS));
    };
    look();
  }
}

/** The bridge as a program text for `node -e`. */
export const BRIDGE_PROGRAM = `(${bridgeMain.toString()})()`;

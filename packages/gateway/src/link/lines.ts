import type { Socket } from 'node:net';

const MAX_LINE_BYTES = 64 * 1024 * 1024;

/** Reads JSON lines from a connection; a line that is too long or no JSON ends it. */
export function readLines(socket: Socket, onMessage: (message: unknown) => void): void {
  let parts: string[] = [];
  let size = 0;
  socket.setEncoding('utf8');
  socket.on('data', (text: string) => {
    let from = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      parts.push(text.slice(from, end));
      from = end + 1;
      const line = parts.join('');
      parts = [];
      size = 0;
      let message: unknown;
      try {
        message = JSON.parse(line);
      } catch {
        socket.destroy();
        return;
      }
      onMessage(message);
    }
    if (from < text.length) {
      parts.push(text.slice(from));
      size += text.length - from;
      if (size > MAX_LINE_BYTES) socket.destroy();
    }
  });
}

/** Writes a JSON line. */
export function writeLine(socket: Socket, message: unknown): void {
  if (socket.writable) socket.write(`${JSON.stringify(message)}\n`);
}

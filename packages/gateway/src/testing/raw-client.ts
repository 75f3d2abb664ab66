import { connect, type Socket } from 'node:net';

/** A TCP connection whose bytes a test writes itself. */
export class RawClient {
  readonly socket: Socket;
  /** Everything that came, as latin1. */
  text = '';
  /** When the connection has ended. */
  readonly closed: Promise<void>;

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.on('data', (chunk) => {
      this.text += chunk.toString('latin1');
    });
    this.socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => this.socket.on('close', () => resolve()));
  }

  write(text: string): void {
    this.socket.write(text, 'latin1');
  }

  /** Waits until what came matches. @throws Error after five seconds */
  async until(pattern: RegExp): Promise<string> {
    for (let tries = 0; tries < 500; tries++) {
      if (pattern.test(this.text)) return this.text;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    throw new Error(`nothing like ${pattern} came: ${JSON.stringify(this.text)}`);
  }
}

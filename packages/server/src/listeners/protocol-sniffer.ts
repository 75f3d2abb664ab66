import type { Socket } from 'node:net';

/** The start of every HTTP/2 connection with prior knowledge (RFC 9113, section 3.4). */
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

export interface SnifferTargets {
  readonly http1: (socket: Socket) => void;
  readonly http2: (socket: Socket) => void;
  /** Milliseconds that a new connection may stay silent or undecided; default 10,000. */
  readonly firstBytesMs?: number;
}

/** Hands a new connection to HTTP/1.1 or HTTP/2 by its first bytes; one that says nothing is closed. */
export class ProtocolSniffer {
  private readonly targets: SnifferTargets;
  private readonly waiting = new Set<Socket>();

  constructor(targets: SnifferTargets) {
    this.targets = targets;
  }

  readonly accept = (socket: Socket): void => {
    this.waiting.add(socket);
    let head: Buffer = Buffer.alloc(0);
    const timer = setTimeout(() => socket.destroy(), this.targets.firstBytesMs ?? 10_000);
    timer.unref();
    const leave = () => {
      clearTimeout(timer);
      this.waiting.delete(socket);
      socket.off('readable', look);
      socket.off('error', ignore);
      socket.off('end', gone);
      socket.off('close', leave);
    };
    const gone = () => socket.destroy();
    const look = () => {
      const chunk = socket.read() as Buffer | null;
      if (chunk === null) return;
      head = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
      const target = decide(head);
      if (target === 'undecided') return;
      leave();
      socket.unshift(head);
      this.targets[target](socket);
    };
    socket.on('readable', look);
    socket.on('error', ignore);
    socket.on('end', gone);
    socket.on('close', leave);
  };

  /** Closes the connections that have not said yet what they are. */
  close(): void {
    for (const socket of this.waiting) socket.destroy();
  }
}

function decide(head: Buffer): 'http1' | 'http2' | 'undecided' {
  const length = Math.min(head.length, PREFACE.length);
  if (head.compare(PREFACE, 0, length, 0, length) !== 0) return 'http1';
  return length === PREFACE.length ? 'http2' : 'undecided';
}

function ignore(): void {
  // A connection that breaks before its first byte is nothing to report.
}

import { GrpcError, StatusCode } from './status.ts';

/** Bytes of a frame's head: one of flags, four of length. */
export const frameOverhead = 5;

/** One message as it came: its bytes and whether they are compressed. */
export interface Frame {
  readonly compressed: boolean;
  readonly bytes: Buffer;
}

/** Puts the head before the bytes of a message. */
export function frameOf(bytes: Uint8Array, compressed = false): Buffer {
  const frame = Buffer.allocUnsafe(frameOverhead + bytes.length);
  frame[0] = compressed ? 1 : 0;
  frame.writeUInt32BE(bytes.length, 1);
  frame.set(bytes, frameOverhead);
  return frame;
}

/**
 * Cuts the bytes of a call into messages (grpc/grpc doc/PROTOCOL-HTTP2.md, "Length-Prefixed-Message"). Holds what came,
 * never what a head only claims; a claim beyond `limit` is refused as soon as the head is there.
 */
export class FrameReader {
  private readonly limit: number;
  private chunks: Buffer[] = [];
  private held = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Bytes that came and were not taken yet. */
  get heldBytes(): number {
    return this.held;
  }

  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.chunks.push(chunk);
    this.held += chunk.length;
  }

  /**
   * The next complete message, if it is there. Its bytes are a view of what came.
   * @throws GrpcError RESOURCE_EXHAUSTED for a message over the limit, INTERNAL for a flag that does not exist.
   */
  take(): Frame | undefined {
    if (this.held < frameOverhead) return undefined;
    let first = this.chunks[0] as Buffer;
    if (first.length < frameOverhead) first = this.join();
    const flag = first[0] as number;
    if (flag > 1) {
      throw new GrpcError(StatusCode.INTERNAL, `a gRPC frame starts with ${flag}; only 0 and 1 (compressed) exist`);
    }
    const length = first.readUInt32BE(1);
    if (length > this.limit) throw tooLarge(length, this.limit);
    const total = frameOverhead + length;
    if (this.held < total) return undefined;
    if (first.length < total) first = this.join();
    this.held -= total;
    if (first.length === total) this.chunks.shift();
    else this.chunks[0] = first.subarray(total);
    return { compressed: flag === 1, bytes: first.subarray(frameOverhead, total) };
  }

  /** Whether the bytes end between two messages. */
  get atBoundary(): boolean {
    return this.held === 0;
  }

  private join(): Buffer {
    const joined = this.chunks.length === 1 ? (this.chunks[0] as Buffer) : Buffer.concat(this.chunks, this.held);
    this.chunks = [joined];
    return joined;
  }
}

/** The error for a message over the limit, also when it is only so once decompressed. */
export function tooLarge(length: number | undefined, limit: number): GrpcError {
  const size = length === undefined ? '' : ` of ${length} bytes`;
  return new GrpcError(
    StatusCode.RESOURCE_EXHAUSTED,
    `a message${size} is over the limit of ${limit} bytes; send fewer rows, or raise --max-body-size`,
  );
}

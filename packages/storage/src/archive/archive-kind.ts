import { open } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';

/** What a file is packed as. */
export type ArchiveKind = 'tar' | 'tgz' | 'zip';

const TAR_MAGIC_OFFSET = 257;

/** What the content is, whatever the name; undefined where it is no archive. */
export async function archiveKind(file: string): Promise<ArchiveKind | undefined> {
  const handle = await open(file);
  try {
    const head = Buffer.alloc(64 * 1024);
    const { bytesRead } = await handle.read(head, 0, head.length, 0);
    const bytes = head.subarray(0, bytesRead);
    if (bytes.length >= 4 && bytes.readUInt32LE(0) === 0x04034b50) return 'zip';
    if (bytes.length >= 22 && bytes.readUInt32LE(0) === 0x06054b50) return 'zip';
    if (bytes[0] === 0x1f && bytes[1] === 0x8b) return isTar(await inflateStart(bytes)) ? 'tgz' : undefined;
    return isTar(bytes) ? 'tar' : undefined;
  } finally {
    await handle.close();
  }
}

function isTar(bytes: Buffer): boolean {
  if (bytes.length < 512) return false;
  if (bytes.toString('latin1', TAR_MAGIC_OFFSET, TAR_MAGIC_OFFSET + 5) === 'ustar') return true;
  return hasHeaderChecksum(bytes);
}

/** Archives from before POSIX have no magic, only the checksum of the header. */
function hasHeaderChecksum(bytes: Buffer): boolean {
  const written = Number.parseInt(bytes.toString('latin1', 148, 156).replace(/[^0-7].*$/s, ''), 8);
  if (!(written > 0)) return false;
  let sum = 8 * 0x20;
  for (let index = 0; index < 512; index++) if (index < 148 || index >= 156) sum += bytes[index] as number;
  return sum === written;
}

/** The first bytes behind gzip, at most one tar block's worth; what follows is not looked at. */
function inflateStart(bytes: Buffer): Promise<Buffer> {
  return new Promise((resolve) => {
    const gunzip = createGunzip();
    const chunks: Buffer[] = [];
    let length = 0;
    const finish = () => {
      gunzip.destroy();
      resolve(Buffer.concat(chunks));
    };
    gunzip.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length >= 512) finish();
    });
    gunzip.on('end', finish);
    gunzip.on('error', finish);
    gunzip.end(bytes);
  });
}

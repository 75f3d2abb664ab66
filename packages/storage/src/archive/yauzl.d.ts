/** The part of yauzl 3.4 that is used; the package carries no types. */
declare module 'yauzl' {
  import type { Readable } from 'node:stream';

  export interface ZipEntry {
    readonly fileName: string;
    readonly fileNameRaw: Buffer;
    readonly compressionMethod: number;
    readonly compressedSize: number;
    readonly uncompressedSize: number;
    readonly crc32: number;
    readonly externalFileAttributes: number;
    readonly versionMadeBy: number;
    readonly generalPurposeBitFlag: number;
    readonly relativeOffsetOfLocalHeader: number;
  }

  export interface ZipFile {
    readonly entryCount: number;
    eachEntry(): AsyncIterable<ZipEntry>;
    openReadStreamPromise(entry: ZipEntry, options: { decodeFileData: false }): Promise<Readable>;
    readLocalFileHeaderPromise(entry: ZipEntry, options: { minimal: boolean }): Promise<{ readonly fileName: Buffer }>;
    close(): void;
  }

  export interface OpenOptions {
    readonly lazyEntries?: boolean;
    readonly autoClose?: boolean;
    readonly strictFileNames?: boolean;
    readonly validateEntrySize?: boolean;
  }

  const yauzl: { openPromise(path: string, options: OpenOptions): Promise<ZipFile> };
  export default yauzl;
}

const NAME = /\.(tar|tgz|tar\.gz|zip)$/i;
const CONTENT_TYPES: ReadonlySet<string> = new Set([
  'application/zip',
  'application/x-zip-compressed',
  'application/x-tar',
  'application/x-gtar',
  'application/x-gtar-compressed',
]);

/** Whether the name or the declared type says that it is an archive to unpack (kserve storage `_download_from_uri`). */
export function isDeclaredArchive(name: string, contentType: string): boolean {
  return NAME.test(name) || CONTENT_TYPES.has(contentType);
}

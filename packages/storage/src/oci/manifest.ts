import { StorageError } from '../storage-error.ts';

/** A layer of an image, or a file of an artifact. */
export interface OciLayer {
  readonly digest: string;
  /** The digest's hex digits. */
  readonly sha256: string;
  readonly size: number;
  readonly mediaType: string;
  /** The name of the file that it is, for artifacts. */
  readonly title?: string;
}

/** What a manifest stands for: an image, or a choice of images. */
export type OciManifest =
  | { readonly kind: 'image'; readonly layers: readonly OciLayer[] }
  | { readonly kind: 'index'; readonly images: readonly OciChoice[] };

export interface OciChoice {
  readonly digest: string;
  readonly os: string;
  readonly architecture: string;
}

/** Media types that are asked for. */
export const MANIFEST_TYPES: string = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
].join(', ');

const DIGEST = /^sha256:([0-9a-f]{64})$/;
const MAX_LAYERS = 500;

/** Reads a manifest or an index. @throws StorageError DownloadFailed where it is neither */
export function readManifest(text: string, what: string): OciManifest {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    parsed = undefined;
  }
  const { manifests, layers, schemaVersion } = isRecord(parsed) ? parsed : {};
  if (Array.isArray(manifests)) return { kind: 'index', images: manifests.filter(isRecord).flatMap(choiceOf) };
  if (Array.isArray(layers) && layers.length <= MAX_LAYERS) {
    return { kind: 'image', layers: layers.map((layer) => layerOf(layer, what)) };
  }
  const why = schemaVersion === 1 ? 'it has the manifest of an old kind (schema 1); push it again' : 'it is no image';
  throw new StorageError('DownloadFailed', `${what}: ${why}`);
}

/** The image of an index for a machine: its own kind, else any Linux, since a model's files are the same. */
export function chooseImage(images: readonly OciChoice[], architecture: string): OciChoice | undefined {
  const real = images.filter(({ os }) => os !== 'unknown');
  return (
    real.find((one) => one.os === 'linux' && one.architecture === architecture) ??
    real.find(({ os }) => os === 'linux') ??
    real[0]
  );
}

/** The Go name of this machine's kind, by Node's. */
export function goArchitecture(arch: string): string {
  return arch === 'x64' ? 'amd64' : arch === 'ia32' ? '386' : arch;
}

function choiceOf(entry: Record<string, unknown>): OciChoice[] {
  const platform = isRecord(entry.platform) ? entry.platform : {};
  if (typeof entry.digest !== 'string' || !DIGEST.test(entry.digest)) return [];
  return [{ digest: entry.digest, os: String(platform.os ?? ''), architecture: String(platform.architecture ?? '') }];
}

function layerOf(layer: unknown, what: string): OciLayer {
  const { digest, size, mediaType, annotations } = isRecord(layer) ? layer : {};
  const [, sha256] = typeof digest === 'string' ? (DIGEST.exec(digest) ?? []) : [];
  if (sha256 === undefined || typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) {
    throw new StorageError('DownloadFailed', `${what}: a layer has no sha256 digest or no size`);
  }
  const title = isRecord(annotations) ? annotations['org.opencontainers.image.title'] : undefined;
  return {
    digest: digest as string,
    sha256,
    size,
    mediaType: typeof mediaType === 'string' ? mediaType : '',
    ...(typeof title === 'string' ? { title } : {}),
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

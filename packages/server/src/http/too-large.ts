import { InferenceError } from '@berth/inference';

/** 413 that names the flag. */
export function tooLarge(bytes: number, limit: number): InferenceError {
  return new InferenceError('TOO_LARGE', `the body of ${mebibytes(bytes)} exceeds --max-body-size ${mebibytes(limit)}`);
}

function mebibytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  const mib = bytes / (1024 * 1024);
  return mib < 1 ? `${Math.ceil(bytes / 1024)} KiB` : `${Number(mib.toFixed(1))} MiB`;
}

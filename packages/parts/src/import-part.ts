import { type Origin, readOrigin } from './origin.ts';

/** What is installed on its own, since it is large and most models need none of it. */
export type Part = 'engine-onnxruntime' | 'cloud-s3' | 'cloud-gcs' | 'cloud-azure';

/** Imports an optional part from beside this Berth. Rejects with Node's ERR_MODULE_NOT_FOUND where it is not installed. */
export async function importPart(part: Part, origin: Origin = readOrigin()): Promise<unknown> {
  return import(`${origin.scope}/${part}`);
}

/** Whether an import failed because the part is not installed. */
export function isMissing(thrown: unknown): boolean {
  return (thrown as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND';
}

import { type GraphEngine, LoadError } from '@berth/inference';

/** The workspace of the engine; not a dependency, since it is large and most models do not need it. */
const ENGINE: string = '@berth/engine-onnxruntime';

/** The ONNX engine. @throws LoadError EngineMissing with the command that brings it. */
export async function importEngine(specifier = ENGINE): Promise<GraphEngine> {
  try {
    const module = (await import(specifier)) as { engine: GraphEngine };
    return module.engine;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new LoadError(
      'EngineMissing',
      'ONNX models need ONNX Runtime, which is not installed; run "npm ci" in Berth\'s folder (it downloads 288 MB)',
      { cause: error },
    );
  }
}

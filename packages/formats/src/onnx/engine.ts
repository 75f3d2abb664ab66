import { type GraphEngine, LoadError } from '@berth/inference';
import { howToInstall, importPart, isMissing } from '@berth/parts';

/** The ONNX engine. @throws LoadError EngineMissing with the command that brings it. */
export async function importEngine(
  load: () => Promise<unknown> = () => importPart('engine-onnxruntime'),
): Promise<GraphEngine> {
  try {
    const module = (await load()) as { engine: GraphEngine };
    return module.engine;
  } catch (error) {
    if (!isMissing(error)) throw error;
    const how = howToInstall('engine-onnxruntime');
    throw new LoadError('EngineMissing', `ONNX models need ONNX Runtime, which is not installed; run ${how}`, {
      cause: error,
    });
  }
}

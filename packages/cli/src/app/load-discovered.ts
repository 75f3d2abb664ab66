import { type DiscoveredModel, exploreModel, type Flavour, loadModel, warmUp } from '@berth/formats';
import type { Model } from '@berth/inference';
import { decodeShippedRequest } from '@berth/server';

/** What loading a model needs to know besides its files. */
export interface LoadSettings {
  readonly predictProba: boolean;
  readonly threads: number;
  readonly onWarning: (model: string, message: string) => void;
  /** Told how long reading and building took, and the first answer after it, in milliseconds. */
  readonly onTimes?: (loadMs: number, firstAnswerMs: number) => void;
}

/** Loads a model and asks it once, so that it is warm before it is called ready. @throws LoadError */
export async function loadDiscovered(found: DiscoveredModel, flavour: Flavour, settings: LoadSettings): Promise<Model> {
  const onWarning = (message: string) => settings.onWarning(found.name, message);
  const { predictProba, threads } = settings;
  const started = performance.now();
  const model = await loadModel(found, { name: found.name, flavour, predictProba, threads, onWarning });
  const loaded = performance.now();
  try {
    const decode = (body: string, one: Model) => decodeShippedRequest(body, one, flavour);
    const explore = (width: number) => exploreModel(found, width);
    await warmUp(model, found.folder, { decode, onWarning, explore });
    settings.onTimes?.(loaded - started, performance.now() - loaded);
    return model;
  } catch (thrown) {
    await model.close();
    throw thrown;
  }
}

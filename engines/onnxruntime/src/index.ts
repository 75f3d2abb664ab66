import { createRequire } from 'node:module';
import type { GraphEngine, GraphSessionOptions } from '@berth/inference';
import { Pool } from './pool.ts';
import { engineMissing } from './slot.ts';

/** ONNX Runtime, through onnxruntime-node, away from the event loop. */
export const engine: GraphEngine = {
  version: 'onnxruntime-node 1.30.0',
  async open(options: GraphSessionOptions) {
    try {
      createRequire(import.meta.url).resolve('onnxruntime-node');
    } catch (error) {
      throw engineMissing((error as Error).message);
    }
    const pool = await Pool.start(options);
    return {
      run: (inputs, outputs, signal) => pool.run(inputs, outputs, signal),
      close: () => pool.close(),
    };
  },
};

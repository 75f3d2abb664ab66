import type { ServingRuntime } from '../types.ts';
import {
  huggingfaceServer,
  huggingfaceServerMultinode,
  mlServer,
  tensorflowServing,
  torchServe,
  tritonServer,
  vllmServer,
} from './foreign-runtimes.ts';
import {
  autogluonServer,
  lgbServer,
  paddleServer,
  pmmlServer,
  predictiveServer,
  sklearnServer,
  xgbServer,
} from './server-runtimes.ts';

/** The ClusterServingRuntimes of KServe's default installation, under its names. */
export const BUILT_IN_RUNTIMES: readonly ServingRuntime[] = [
  autogluonServer,
  huggingfaceServer,
  huggingfaceServerMultinode,
  lgbServer,
  mlServer,
  paddleServer,
  pmmlServer,
  predictiveServer,
  sklearnServer,
  tensorflowServing,
  torchServe,
  tritonServer,
  vllmServer,
  xgbServer,
];

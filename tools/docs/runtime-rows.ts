/**
 * The rows of docs/runtimes.md: those of KServe's "Model Serving Runtimes" page under the names used there, by the runtime that
 * KServe installs for them. Which of them are served is not said here: the conformance results say it.
 */
export interface RuntimeRow {
  readonly name: string;
  /** The ClusterServingRuntime's name; `custom` for a predictor that brings its own server. */
  readonly runtime: string;
  readonly formats: readonly string[];
  /** The files that a user exports, in words. */
  readonly exported: string;
}

const PICKLE = 'pickle or joblib (`.pkl`, `.pickle`, `.joblib`)';
const BOOSTER = 'saved model (`.bst`, `.json`, `.ubj`)';
const TEXT_MODEL = 'saved model (`.bst`, `.txt`)';

export const RUNTIME_ROWS: readonly RuntimeRow[] = [
  { name: 'SKLearn ModelServer', runtime: 'kserve-sklearnserver', formats: ['sklearn'], exported: PICKLE },
  { name: 'SKLearn MLServer', runtime: 'kserve-mlserver', formats: ['sklearn'], exported: PICKLE },
  { name: 'XGBoost ModelServer', runtime: 'kserve-xgbserver', formats: ['xgboost'], exported: BOOSTER },
  { name: 'XGBoost MLServer', runtime: 'kserve-mlserver', formats: ['xgboost'], exported: BOOSTER },
  { name: 'LightGBM ModelServer', runtime: 'kserve-lgbserver', formats: ['lightgbm'], exported: TEXT_MODEL },
  { name: 'LightGBM MLServer', runtime: 'kserve-mlserver', formats: ['lightgbm'], exported: TEXT_MODEL },
  {
    name: 'Predictive ModelServer',
    runtime: 'kserve-predictiveserver',
    formats: ['sklearn', 'xgboost', 'lightgbm'],
    exported: 'any of the above',
  },
  {
    name: 'Triton Inference Server',
    runtime: 'kserve-tritonserver',
    formats: ['onnx', 'triton'],
    exported: 'ONNX, as a model repository',
  },
  { name: 'Custom ModelServer', runtime: 'custom', formats: ['custom'], exported: 'your own server’s' },
  {
    name: 'Triton Inference Server',
    runtime: 'kserve-tritonserver',
    formats: ['tensorflow', 'pytorch', 'tensorrt'],
    exported: 'TensorFlow, TorchScript, TensorRT',
  },
  {
    name: 'TensorFlow Serving',
    runtime: 'kserve-tensorflow-serving',
    formats: ['tensorflow'],
    exported: 'TensorFlow SavedModel',
  },
  {
    name: 'TorchServe',
    runtime: 'kserve-torchserve',
    formats: ['pytorch'],
    exported: 'eager model or TorchScript (`.mar`)',
  },
  { name: 'PMML ModelServer', runtime: 'kserve-pmmlserver', formats: ['pmml'], exported: 'PMML (`.pmml`)' },
  {
    name: 'MLflow MLServer',
    runtime: 'kserve-mlserver',
    formats: ['mlflow'],
    exported: 'saved MLflow model',
  },
  {
    name: 'PaddlePaddle ModelServer',
    runtime: 'kserve-paddleserver',
    formats: ['paddle'],
    exported: 'saved model (`.pdmodel`)',
  },
  {
    name: 'AutoGluon ModelServer',
    runtime: 'kserve-autogluonserver',
    formats: ['autogluon'],
    exported: 'folder of a `TabularPredictor`',
  },
  {
    name: 'Hugging Face ModelServer',
    runtime: 'kserve-huggingfaceserver',
    formats: ['huggingface'],
    exported: 'saved model, or a model of the Hub',
  },
  {
    name: 'Hugging Face ModelServer, several nodes',
    runtime: 'kserve-huggingfaceserver-multinode',
    formats: ['huggingface'],
    exported: 'saved model, or a model of the Hub',
  },
  { name: 'vLLM', runtime: 'kserve-vllmserver', formats: ['vLLM'], exported: 'saved model, or a model of the Hub' },
];

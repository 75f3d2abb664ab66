import { builtIn } from './built-in.ts';

/** Other projects' servers that KServe installs a runtime for (kserve config/runtimes). */
const auto = (name: string, version: string, priority: number) => ({ name, version, autoSelect: true, priority });

export const mlServer = builtIn({
  name: 'kserve-mlserver',
  serverType: 'mlserver',
  formats: [
    auto('sklearn', '0', 2),
    auto('sklearn', '1', 2),
    auto('xgboost', '1', 2),
    auto('xgboost', '2', 2),
    auto('lightgbm', '3', 2),
    auto('lightgbm', '4', 2),
    auto('mlflow', '1', 1),
    auto('mlflow', '2', 1),
  ],
  protocols: ['v2'],
  image: 'docker.io/seldonio/mlserver:1.7.1',
  env: [
    { name: 'MLSERVER_MODEL_IMPLEMENTATION', value: '{{.Labels.modelClass}}' },
    { name: 'MLSERVER_HTTP_PORT', value: '8080' },
    { name: 'MLSERVER_GRPC_PORT', value: '9000' },
  ],
});

export const tritonServer = builtIn({
  name: 'kserve-tritonserver',
  serverType: 'tritonserver',
  formats: [
    auto('tensorrt', '8', 1),
    auto('tensorflow', '1', 1),
    auto('tensorflow', '2', 1),
    auto('onnx', '1', 1),
    { name: 'pytorch', version: '1' },
    auto('triton', '2', 1),
  ],
  protocols: ['v2', 'grpc-v2'],
  image: 'nvcr.io/nvidia/tritonserver:23.05-py3',
  args: [
    'tritonserver',
    '--model-store=/mnt/models',
    '--grpc-port=9000',
    '--http-port=8080',
    '--allow-grpc=true',
    '--allow-http=true',
  ],
  metricsPort: '8002',
});

export const tensorflowServing = builtIn({
  name: 'kserve-tensorflow-serving',
  serverType: 'tensorflow-serving',
  formats: [auto('tensorflow', '1', 2), auto('tensorflow', '2', 2)],
  protocols: ['v1', 'grpc-v1'],
  image: 'tensorflow/serving:2.6.2',
  command: ['/usr/bin/tensorflow_model_server'],
  args: [
    '--model_name={{.Name}}',
    '--port=9000',
    '--rest_api_port=8080',
    '--model_base_path=/mnt/models',
    '--rest_api_timeout_in_ms=60000',
  ],
});

export const torchServe = builtIn({
  name: 'kserve-torchserve',
  serverType: 'torchserve',
  formats: [auto('pytorch', '1', 2)],
  protocols: ['v1', 'v2', 'grpc-v2'],
  image: 'pytorch/torchserve-kfs:0.9.0',
  args: [
    'torchserve',
    '--start',
    '--model-store=/mnt/models/model-store',
    '--ts-config=/mnt/models/config/config.properties',
  ],
  env: [{ name: 'TS_SERVICE_ENVELOPE', value: '{{.Labels.serviceEnvelope}}' }],
  metricsPort: '8082',
});

export const huggingfaceServer = builtIn({
  name: 'kserve-huggingfaceserver',
  serverType: 'huggingfaceserver',
  formats: [auto('huggingface', '1', 1)],
  protocols: ['v2', 'v1'],
  image: 'kserve/huggingfaceserver:latest',
  args: ['--model_name={{.Name}}'],
});

export const huggingfaceServerMultinode = builtIn({
  name: 'kserve-huggingfaceserver-multinode',
  serverType: 'huggingfaceserver',
  formats: [auto('huggingface', '1', 2)],
  protocols: ['v2', 'v1'],
  image: 'kserve/huggingfaceserver:latest-gpu',
  args: ['--model_name={{.Name}}'],
  workers: true,
});

export const vllmServer = builtIn({
  name: 'kserve-vllmserver',
  serverType: 'vllmserver',
  formats: [auto('vLLM', '1', 1)],
  image: 'vllm/vllm-openai:latest',
  command: ['python', '-m', 'vllm.entrypoints.openai.api_server'],
  args: ['--port=8080', '--served-model-name={{.Name}}', '--model=/mnt/models'],
});

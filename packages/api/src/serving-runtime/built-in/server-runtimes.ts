import { builtIn } from './built-in.ts';

/** KServe's own Python servers (kserve config/runtimes). */
const MODEL_ARGUMENTS = ['--model_name={{.Name}}', '--model_dir=/mnt/models', '--http_port=8080'];

export const sklearnServer = builtIn({
  name: 'kserve-sklearnserver',
  serverType: 'sklearnserver',
  formats: [{ name: 'sklearn', version: '1', autoSelect: true, priority: 1 }],
  protocols: ['v1', 'v2'],
  image: 'kserve/sklearnserver:latest',
  args: MODEL_ARGUMENTS,
});

export const xgbServer = builtIn({
  name: 'kserve-xgbserver',
  serverType: 'xgbserver',
  formats: [{ name: 'xgboost', version: '2', autoSelect: true, priority: 1 }],
  protocols: ['v1', 'v2'],
  image: 'kserve/xgbserver:latest',
  args: [...MODEL_ARGUMENTS, '--nthread=1'],
});

export const lgbServer = builtIn({
  name: 'kserve-lgbserver',
  serverType: 'lgbserver',
  formats: [{ name: 'lightgbm', version: '4', autoSelect: true, priority: 1 }],
  protocols: ['v1', 'v2'],
  image: 'kserve/lgbserver:latest',
  args: [...MODEL_ARGUMENTS, '--nthread=1'],
});

export const predictiveServer = builtIn({
  name: 'kserve-predictiveserver',
  serverType: 'predictiveserver',
  formats: [
    { name: 'sklearn', version: '1', autoSelect: false, priority: 3 },
    { name: 'xgboost', version: '2', autoSelect: false, priority: 3 },
    { name: 'lightgbm', version: '4', autoSelect: false, priority: 3 },
  ],
  protocols: ['v1', 'v2'],
  image: 'kserve/predictiveserver:latest',
  args: [...MODEL_ARGUMENTS, '--framework={{.Annotations.modelFormat}}', '--nthread=1'],
});

export const pmmlServer = builtIn({
  name: 'kserve-pmmlserver',
  serverType: 'pmmlserver',
  formats: [
    { name: 'pmml', version: '3', autoSelect: true, priority: 1 },
    { name: 'pmml', version: '4', autoSelect: true, priority: 1 },
  ],
  protocols: ['v1', 'v2'],
  image: 'kserve/pmmlserver:latest',
  args: MODEL_ARGUMENTS,
});

export const paddleServer = builtIn({
  name: 'kserve-paddleserver',
  serverType: 'paddleserver',
  formats: [{ name: 'paddle', version: '2', autoSelect: true, priority: 1 }],
  protocols: ['v1', 'v2'],
  image: 'kserve/paddleserver:latest',
  args: MODEL_ARGUMENTS,
});

export const autogluonServer = builtIn({
  name: 'kserve-autogluonserver',
  serverType: 'autogluonserver',
  formats: [{ name: 'autogluon', version: '1', autoSelect: true, priority: 1 }],
  protocols: ['v1', 'v2'],
  image: 'kserve/autogluonserver:latest',
  args: MODEL_ARGUMENTS,
});

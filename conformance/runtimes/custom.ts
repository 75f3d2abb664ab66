/** A model server of the user's own, written with KServe's SDK, run by `berth up` as the command of a predictor's container. */
import { join } from 'node:path';
import { python } from '../environments.ts';
import { connectApi } from '../faults/api.ts';
import { up } from '../platform.ts';
import type { Witness } from './witness.ts';

const NAME = 'sums';

/** Starts a platform, applies the service, asks it through the gateway by HTTP and gRPC. */
export async function askCustomServer(witness: Witness, state: string): Promise<void> {
  const platform = await up(state);
  try {
    const api = connectApi(platform.kubeconfig);
    await api.apply({
      apiVersion: 'serving.kserve.io/v1beta1',
      kind: 'InferenceService',
      metadata: { name: NAME },
      spec: { predictor: { maxReplicas: 1, containers: [container()] } },
    });
    await api.ready(NAME, 60_000);
    const port = Number(new URL(platform.gateway).port);
    witness.ask(
      { runtime: 'custom', format: 'custom', flavour: 'kserve' },
      { http: port, grpc: port },
      {
        model: NAME,
        input: 'x',
        output: 'predict',
        rows: [
          [1, 2, 3],
          [4, 5, 6],
        ],
        expected: [6, 15],
        host: `${NAME}-default.example.com`,
      },
    );
  } finally {
    await platform.stop();
  }
}

function container() {
  return {
    name: 'kserve-container',
    // Required by the schema; with a command no image is run.
    image: 'none',
    command: [python('sdk'), join(import.meta.dirname, 'custom_model.py')],
    ports: [
      { containerPort: 8080, name: 'http1' },
      { containerPort: 8081, name: 'h2c' },
    ],
  };
}

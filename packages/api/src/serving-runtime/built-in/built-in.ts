import type { EnvVar, ProtocolVersion } from '../../inference-service/types.ts';
import type { ServingRuntime, SupportedModelFormat } from '../types.ts';

interface BuiltIn {
  readonly name: string;
  /** Annotation serving.kserve.io/server-type. */
  readonly serverType: string;
  readonly formats: SupportedModelFormat[];
  /** None means any. */
  readonly protocols?: ProtocolVersion[];
  readonly image: string;
  readonly command?: string[];
  readonly args?: string[];
  readonly env?: EnvVar[];
  /** Port of the metrics page; KServe's default 8080. */
  readonly metricsPort?: string;
  readonly workers?: boolean;
}

const ONE_CPU = { cpu: '1', memory: '2Gi' };

/** A ClusterServingRuntime of KServe's default installation, from the facts that tell one from another. */
export function builtIn(facts: BuiltIn): ServingRuntime {
  return {
    apiVersion: 'serving.kserve.io/v1alpha1',
    kind: 'ClusterServingRuntime',
    metadata: { name: facts.name, annotations: { 'serving.kserve.io/server-type': facts.serverType } },
    spec: {
      annotations: {
        'prometheus.kserve.io/port': facts.metricsPort ?? '8080',
        'prometheus.kserve.io/path': '/metrics',
      },
      supportedModelFormats: facts.formats,
      ...(facts.protocols === undefined ? {} : { protocolVersions: facts.protocols }),
      containers: [
        {
          name: 'kserve-container',
          image: facts.image,
          ...(facts.command === undefined ? {} : { command: facts.command }),
          ...(facts.args === undefined ? {} : { args: facts.args }),
          ...(facts.env === undefined ? {} : { env: facts.env }),
          resources: { requests: ONE_CPU, limits: ONE_CPU },
        },
      ],
      ...(facts.workers === true
        ? { workerSpec: { containers: [{ name: 'worker-container', image: facts.image }] } }
        : {}),
    },
  };
}

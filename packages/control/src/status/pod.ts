import { COMPONENT_LABEL, REVISION_API, REVISION_LABEL, SERVICE_LABEL } from '../revisions/revision.ts';
import type { DraftObject } from '../store/resource-store.ts';
import type { ReplicaView } from '../substrate/substrate.ts';

/** The container's name in every pod. */
export const POD_CONTAINER = 'kserve-container';

/** A replica as a Pod that `kubectl` shows. No value of its environment is in it. */
export function podOf(view: ReplicaView, revision: { name: string; uid: string }, readySince: string): DraftObject {
  const { workload } = view;
  const isReady = view.state === 'ready';
  const condition = (type: string, isTrue: boolean, extra = {}) => ({
    type,
    status: isTrue ? 'True' : 'False',
    lastProbeTime: null,
    lastTransitionTime: isTrue ? readySince : view.startedAt,
    ...extra,
  });
  const why =
    isReady || view.failure === undefined ? {} : { reason: view.failure.reason, message: view.failure.message };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: view.id,
      namespace: workload.namespace,
      labels: {
        ...workload.labels,
        [SERVICE_LABEL]: workload.service,
        [COMPONENT_LABEL]: workload.component,
        [REVISION_LABEL]: workload.revision,
      },
      ownerReferences: [
        {
          apiVersion: REVISION_API,
          kind: 'Revision',
          name: revision.name,
          uid: revision.uid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: {
      nodeName: 'localhost',
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: workload.terminationGraceSeconds,
      containers: [containerOf(view)],
    },
    status: {
      phase: phaseOf(view),
      startTime: view.startedAt,
      hostIP: '127.0.0.1',
      podIP: '127.0.0.1',
      conditions: [
        condition('PodScheduled', true),
        condition('Initialized', true),
        condition('ContainersReady', isReady, why),
        condition('Ready', isReady, why),
      ],
      containerStatuses: [containerStatus(view)],
      ...(view.pid === undefined ? {} : { pid: view.pid }),
    },
  };
}

function phaseOf(view: ReplicaView): string {
  if (view.state === 'failed' && view.failure?.isFinal === true) return 'Failed';
  return view.state === 'starting' && view.pid === undefined ? 'Pending' : 'Running';
}

function containerOf(view: ReplicaView): Record<string, unknown> {
  const { runner, mounts, limits, requests, workingDir } = view.workload;
  const ports = runner.kind === 'native' ? [] : runner.ports;
  return {
    name: POD_CONTAINER,
    image: imageOf(view),
    ...(runner.kind === 'command' ? { command: runner.command } : {}),
    args: runner.args,
    ...(ports.length === 0 ? {} : { ports }),
    ...(workingDir === undefined ? {} : { workingDir }),
    resources: { limits, requests },
    volumeMounts: mounts.map(({ mountPath, readOnly }, index) => ({ name: `model-${index}`, mountPath, readOnly })),
  };
}

function imageOf(view: ReplicaView): string {
  const { runner } = view.workload;
  switch (runner.kind) {
    case 'native':
      return `native/${runner.flavour}`;
    case 'command':
      return 'command';
    default:
      return runner.image;
  }
}

function containerStatus(view: ReplicaView): Record<string, unknown> {
  const { failure } = view;
  const ended =
    failure?.exitCode === undefined
      ? {}
      : {
          lastState: {
            terminated: {
              exitCode: failure.exitCode,
              reason: failure.reason === 'OOMKilled' ? 'OOMKilled' : failure.exitCode === 0 ? 'Completed' : 'Error',
              message: failure.logTail.join('\n'),
            },
          },
        };
  return {
    name: POD_CONTAINER,
    image: imageOf(view),
    imageID: '',
    ready: view.state === 'ready',
    started: view.state === 'ready' || view.state === 'unready',
    restartCount: view.restarts,
    state: stateOf(view),
    ...ended,
  };
}

function stateOf(view: ReplicaView): Record<string, unknown> {
  if (view.state === 'failed') {
    const { failure } = view;
    return { waiting: { reason: failure?.reason ?? 'Error', message: failure?.message ?? '' } };
  }
  if (view.state === 'starting' && view.pid === undefined) return { waiting: { reason: 'ContainerCreating' } };
  return { running: { startedAt: view.startedAt } };
}

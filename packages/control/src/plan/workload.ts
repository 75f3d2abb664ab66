import { posix } from 'node:path';
import { expandVariables, nativeSettings, type PlanFailure, readRuntimeArguments } from '@berth/api';
import type { ModelMount, Runner, Workload } from '../substrate/substrate.ts';
import type { ComponentPlan, RunnerPlan } from './component-plan.ts';
import { type Lookup, resolveEnvironment } from './environment.ts';

/** What a replica is made of, besides its plan. */
export interface WorkloadInput {
  readonly revision: string;
  readonly pod: string;
  readonly podUid: string;
  /** Labels of the pod, the platform's own; they win over the plan's. */
  readonly labels: Readonly<Record<string, string>>;
  /** Where the files of each planned model lie, in the same order. */
  readonly paths: readonly string[];
  readonly lookup: Lookup;
}

/** The workload of one replica: environment complete, templates and variables filled in, files in place. */
export function makeWorkload(
  plan: ComponentPlan,
  input: WorkloadInput,
): { readonly workload: Workload } | { readonly failure: PlanFailure } {
  const labels = { ...plan.labels, ...input.labels };
  const pod = {
    name: input.pod,
    namespace: plan.namespace,
    uid: input.podUid,
    serviceAccountName: plan.serviceAccountName ?? 'default',
    labels,
    annotations: plan.annotations,
    limits: plan.limits,
    requests: plan.requests,
  };
  const { env, missing } = resolveEnvironment(plan.env, plan.envFrom, pod, input.lookup);
  if (missing.length > 0) {
    const message = missing.join('; ');
    return { failure: { reason: 'CreateContainerConfigError', kserveReason: 'InvalidPredictorSpec', message } };
  }
  const args = plan.runner.args.map((one) => expandVariables(one, env));
  const workload: Workload = {
    namespace: plan.namespace,
    service: plan.service,
    revision: input.revision,
    component: plan.component,
    runner: runnerOf(plan, plan.runner, args, env),
    env: Object.fromEntries(env),
    mounts: mountsOf(plan, args, env, input.paths),
    ...(plan.workingDir === undefined ? {} : { workingDir: plan.workingDir }),
    probes: plan.probes,
    limits: plan.limits,
    requests: plan.requests,
    terminationGraceSeconds: plan.terminationGraceSeconds,
    labels,
  };
  return { workload };
}

function runnerOf(
  plan: ComponentPlan,
  runner: RunnerPlan,
  args: readonly string[],
  env: ReadonlyMap<string, string>,
): Runner {
  switch (runner.kind) {
    case 'native': {
      const { format, flavour, multiModel } = runner;
      const settings = nativeSettings(flavour, args, env, plan.service);
      return { kind: 'native', format, flavour, protocol: plan.protocol, ...settings, args, multiModel };
    }
    case 'command': {
      const command = runner.command.map((one) => expandVariables(one, env));
      return { kind: 'command', command, args, ports: runner.ports };
    }
    default: {
      const command = runner.command?.map((one) => expandVariables(one, env));
      const { image, ports } = runner;
      return { kind: 'container', image, ...(command === undefined ? {} : { command }), args, ports };
    }
  }
}

function mountsOf(
  plan: ComponentPlan,
  args: readonly string[],
  env: ReadonlyMap<string, string>,
  paths: readonly string[],
): ModelMount[] {
  const mounts = plan.models.map(({ mountPath }, index) => ({ mountPath, path: paths[index] ?? '', readOnly: true }));
  const first = mounts[0];
  if (plan.runner.kind !== 'native' || first === undefined || mounts.length > 1) return mounts;
  // A peer's server may be told to look below the folder that was mounted for it.
  const { values } = readRuntimeArguments(args);
  const folder =
    values.get('model_dir') ??
    values.get('model-store') ??
    values.get('model-repository') ??
    env.get('MLSERVER_MODEL_URI');
  const below = folder === undefined ? '' : posix.relative(first.mountPath, posix.normalize(folder));
  if (below === '' || below.startsWith('..') || posix.isAbsolute(below)) return mounts;
  return [{ mountPath: posix.join(first.mountPath, below), path: posix.join(first.path, below), readOnly: true }];
}

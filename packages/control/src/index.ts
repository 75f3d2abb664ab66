export { scalingPolicy } from './autoscaler/policy.ts';
export type { RevisionKey, ScaleDecision, ScalingPolicy } from './autoscaler/types.ts';
export type { ModelRequest, ModelSource, ModelState } from './models/model-source.ts';
export { serviceOptions } from './plan/annotations.ts';
export type { ComponentPlan, FieldWithoutEffect, PlanOutcome, RunnerPlan } from './plan/component-plan.ts';
export { planWorld } from './plan/plan-world.ts';
export { type UnservedComponent, unservedComponents } from './plan/unserved-components.ts';
export { type Controller, type ControllerOptions, createController } from './reconcile/controller.ts';
export { tracksOf } from './reconcile/tracks.ts';
export type { RoutePublisher } from './routes/route-publisher.ts';
export {
  type Actor,
  type ApiObject,
  type DraftObject,
  type ObjectKey,
  type OwnerReference,
  type ResourceStore,
  type StoredMeta,
  StoreError,
  type StoreErrorReason,
  type StoreEvent,
} from './store/resource-store.ts';
export type {
  CommandRunner,
  ContainerPort,
  ContainerRunner,
  ModelMount,
  NativeRunner,
  Probe,
  ReplicaFailure,
  ReplicaModel,
  ReplicaUsage,
  ReplicaView,
  Runner,
  Substrate,
  Workload,
} from './substrate/substrate.ts';
export type { Clock, Timers } from './time/clock.ts';

import {
  type ComponentSpec,
  type InferenceService,
  isObject,
  PREDICTOR_CONTAINER,
  TRANSFORMER_CONTAINER,
} from '@berth/api';
import type { FieldWithoutEffect } from './component-plan.ts';

const ONE_MACHINE = 'there is one machine';
const LATER = 'not acted on yet';

/** Fields of a component's pod and what they would do, where a machine can not do it. */
const POD_FIELDS: readonly (readonly [field: string, why: string, matters: boolean])[] = [
  ['nodeSelector', ONE_MACHINE, false],
  ['nodeName', ONE_MACHINE, false],
  ['affinity', ONE_MACHINE, false],
  ['tolerations', ONE_MACHINE, false],
  ['topologySpreadConstraints', ONE_MACHINE, false],
  ['schedulerName', ONE_MACHINE, false],
  ['priorityClassName', ONE_MACHINE, false],
  ['priority', ONE_MACHINE, false],
  ['preemptionPolicy', ONE_MACHINE, false],
  ['runtimeClassName', 'replicas are processes', false],
  ['overhead', 'replicas are processes', false],
  ['schedulingGates', ONE_MACHINE, false],
  ['hostNetwork', 'the platform chooses how replicas are reached', false],
  ['hostPID', 'the platform chooses how replicas are kept apart', false],
  ['hostIPC', 'the platform chooses how replicas are kept apart', false],
  ['hostUsers', 'the platform chooses how replicas are kept apart', false],
  ['shareProcessNamespace', 'a replica is one process', false],
  ['securityContext', 'the platform chooses the user of a replica', false],
  ['automountServiceAccountToken', 'replicas get no token', false],
  ['hostname', 'replicas have no name of their own', false],
  ['subdomain', 'replicas have no name of their own', false],
  ['setHostnameAsFQDN', 'replicas have no name of their own', false],
  ['dnsPolicy', "the machine's resolver is used", false],
  ['dnsConfig', "the machine's resolver is used", false],
  ['hostAliases', "the machine's resolver is used", true],
  ['restartPolicy', 'replicas are always restarted', false],
  ['activeDeadlineSeconds', 'replicas run until they are not needed', false],
  ['readinessGates', LATER, false],
  ['imagePullSecrets', 'images are pulled with the credentials of the container engine', false],
  ['resourceClaims', 'devices are not allocated', true],
  ['enableServiceLinks', 'there are no Services', false],
  ['ephemeralContainers', LATER, true],
  ['initContainers', LATER, true],
  ['volumes', LATER, true],
  ['workerSpec', ONE_MACHINE, true],
  ['logger', `${LATER}: requests are not logged to its url`, true],
  ['batcher', `${LATER}: each request is answered by itself`, true],
  ['storageContainerName', 'the platform brings the files itself', false],
  ['deploymentStrategy', 'a new revision is ready before the old one is drained', false],
];

/** Fields of a container that have no effect. */
const CONTAINER_FIELDS: readonly (readonly [field: string, why: string, matters: boolean])[] = [
  ['imagePullPolicy', 'the container engine decides', false],
  ['lifecycle', `${LATER}`, true],
  ['volumeMounts', `${LATER}`, true],
  ['volumeDevices', `${LATER}`, true],
  ['securityContext', 'the platform chooses the user of a replica', false],
  ['terminationMessagePath', 'the last lines of the log are shown', false],
  ['terminationMessagePolicy', 'the last lines of the log are shown', false],
  ['stdin', 'replicas get no input', false],
  ['tty', 'replicas get no terminal', false],
  ['resizePolicy', LATER, false],
  ['confidential', 'models are not decrypted', true],
];

/** The fields of a component that are read and checked and have no effect on one machine. */
export function fieldsWithoutEffect(
  isvc: InferenceService,
  component: 'predictor' | 'transformer' | 'explainer',
  spec: ComponentSpec,
  container: { readonly field: string; readonly spec: Readonly<Record<string, unknown>> } | undefined,
): FieldWithoutEffect[] {
  const found: FieldWithoutEffect[] = [];
  const look = (at: string, object: Readonly<Record<string, unknown>>, table: typeof POD_FIELDS) => {
    for (const [field, why, matters] of table) {
      if (isMeant(object[field])) found.push({ field: `${at}.${field}`, why, matters });
    }
  };
  look(`spec.${component}`, spec, POD_FIELDS);
  if (container !== undefined) {
    look(container.field, container.spec, CONTAINER_FIELDS);
    const storage = container.spec.storage;
    if (isObject(storage) && isMeant(storage.schemaPath)) {
      found.push({ field: `${container.field}.storage.schemaPath`, why: 'only ModelMesh reads it', matters: false });
    }
    found.push(...ofResources(container.field, container.spec.resources));
  }
  for (const [index, sidecar] of (spec.containers ?? []).entries()) {
    const isOwn = sidecar.name === PREDICTOR_CONTAINER || sidecar.name === TRANSFORMER_CONTAINER;
    if (isOwn || sidecar === container?.spec) continue;
    const field = `spec.${component}.containers[${index}] (${String(sidecar.name ?? 'unnamed').slice(0, 63)})`;
    found.push({ field, why: 'a replica is one process; a container beside it is not run', matters: true });
  }
  if (component === 'predictor') found.push(...ofMetadata(isvc));
  return found;
}

/** What Kubernetes itself hands out; anything else is a device. */
const OWN_RESOURCES = /^(cpu|memory|ephemeral-storage|hugepages-.*)$/;

function ofResources(field: string, resources: unknown): FieldWithoutEffect[] {
  const limits = isObject(resources) && isObject(resources.limits) ? resources.limits : {};
  return Object.entries(limits)
    .filter(([name, amount]) => !OWN_RESOURCES.test(name) && isMeant(Number(amount)))
    .map(([name]) => {
      const shown = JSON.stringify(name.slice(0, 100));
      return { field: `${field}.resources.limits[${shown}]`, why: 'devices are not allocated', matters: false };
    });
}

/** Annotations stand on the service or, as Knative reads them, on the predictor. */
function ofMetadata(isvc: InferenceService): FieldWithoutEffect[] {
  const own = new Map(Object.entries(isvc.metadata.annotations ?? {}));
  const written = isvc.spec.predictor.annotations;
  const below = new Map(isObject(written) ? Object.entries(written).map(([key, value]) => [key, String(value)]) : []);
  const found: FieldWithoutEffect[] = [];
  for (const [key, isDefault, why] of ANNOTATIONS) {
    for (const [annotations, field] of [
      [own, `annotation ${key}`],
      [below, `spec.predictor.annotations["${key}"]`],
    ] as const) {
      const value = annotations.get(key);
      if (value !== undefined && !isDefault.test(value)) found.push({ field, why, matters: false });
    }
  }
  return found;
}

const SERVING = 'serving.kserve.io';
const SCALING = 'autoscaling.knative.dev';

/** KServe's and Knative's annotations that have no effect, with the values that say nothing. */
const ANNOTATIONS: readonly (readonly [key: string, isDefault: RegExp, why: string])[] = [
  [`${SERVING}/deploymentMode`, /^(?!ModelMesh$)/, 'there is no ModelMesh; the service has replicas of its own'],
  ['storage.kserve.io/readonly', /^true$/i, 'the files of a revision are shared and never change'],
  [`${SERVING}/enable-metric-aggregation`, /^false$/i, 'every replica has its own metrics page'],
  [`${SERVING}/enable-prometheus-scraping`, /^false$/i, 'the gateway has one metrics page for all services'],
  [`${SERVING}/gke-accelerator`, /^$/, ONE_MACHINE],
  [`${SERVING}/gpu-resource-types`, /^$/, ONE_MACHINE],
  [`${SERVING}/nodegroup`, /^$/, ONE_MACHINE],
  [`${SERVING}/disable-localmodel`, /^false$/i, 'every download goes through the one cache'],
  [`${SERVING}/exp-dra-device-class`, /^$/, 'devices are not allocated'],
  [`${SERVING}/exp-dra-cel-selector`, /^$/, 'devices are not allocated'],
  [`${SERVING}/exp-dra-device-count`, /^$/, 'devices are not allocated'],
  [`${SERVING}/exp-dra-container-name`, /^$/, 'devices are not allocated'],
  [`${SERVING}/logger-secret-name`, /^$/, LATER],
  [`${SERVING}/logger-secret-path`, /^$/, LATER],
  [`${SERVING}/logger-secret-file`, /^$/, LATER],
  [`${SERVING}/storage-initializer-uid`, /^$/, 'the platform brings the files itself'],
  ['serving.knative.dev/rollout-duration', /^0s?$/, 'a ready revision gets its share at once'],
  ['serving.knative.dev/rolloutDuration', /^0s?$/, 'a ready revision gets its share at once'],
  ['serving.knative.dev/progress-deadline', /^$/, 'startup probes say how long a start may take'],
  [`${SCALING}/target-burst-capacity`, /^$/, 'the gateway is always on the way of requests'],
  [`${SCALING}/targetBurstCapacity`, /^$/, 'the gateway is always on the way of requests'],
  [`${SCALING}/metric-aggregation-algorithm`, /^linear$/, 'the windows are averaged evenly'],
  [`${SCALING}/initialScale`, /^$/, 'the name that is read is initial-scale'],
  [`${SCALING}/scaleDownDelay`, /^$/, 'the name that is read is scale-down-delay'],
  [`${SCALING}/scaleToZeroPodRetentionPeriod`, /^$/, 'the name that is read is scale-to-zero-pod-retention-period'],
  [`${SCALING}/targetUtilizationPercentage`, /^$/, 'the name that is read is target-utilization-percentage'],
  [`${SCALING}/panicWindowPercentage`, /^$/, 'the name that is read is panic-window-percentage'],
  [`${SCALING}/panicThresholdPercentage`, /^$/, 'the name that is read is panic-threshold-percentage'],
];

function isMeant(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return value !== undefined && value !== null && value !== 0 && value !== '' && value !== false;
}

import type { Condition, InferenceServiceStatus } from '@berth/api';
import { age } from '../resources/age.ts';
import { alignColumns } from '../resources/print-table.ts';
import type { KubeObject } from '../resources/session.ts';
import { printable } from '../terminal/io.ts';

/** A service and what belongs to it. */
export interface ServiceView {
  readonly service: KubeObject;
  readonly pods: readonly KubeObject[];
  readonly revisions: readonly KubeObject[];
}

/** What describe prints of a service, events apart. */
export function describeService({ service, pods, revisions }: ServiceView, now: Date): string {
  const { metadata } = service;
  const status = (service.status ?? {}) as InferenceServiceStatus;
  const ready = status.conditions?.find((one) => one.type === 'Ready');
  const lines: [string, string][] = [
    ['Name', metadata.name],
    ['Namespace', metadata.namespace ?? ''],
    ['Age', age(metadata.creationTimestamp, now)],
    ['Generation', `${metadata.generation ?? '?'} (observed: ${status.observedGeneration ?? 'none'})`],
    ['Ready', readyText(ready)],
    ['URL', status.url ?? '<none yet>'],
    ['Address', status.address?.url ?? '<none yet>'],
    ['Runtime', status.servingRuntimeName ?? status.clusterServingRuntimeName ?? '<none>'],
    ['Model', modelText(status)],
  ];
  const width = Math.max(...lines.map(([label]) => label.length)) + 1;
  let text = lines.map(([label, value]) => `${`${label}:`.padEnd(width + 1)} ${printable(value)}\n`).join('');
  text += section('Conditions', conditionRows(status.conditions ?? [], now));
  text += section('Models', modelRows(status));
  text += section('Traffic', trafficRows(status));
  text += section('Revisions', revisionRows(revisions, now));
  text += section('Replicas', podRows(pods, now));
  return text;
}

function readyText(ready: Condition | undefined): string {
  if (ready === undefined) return 'Unknown: nobody has looked at it yet';
  const why = [ready.reason, ready.message].filter((one) => one !== undefined && one !== '').join(': ');
  return why === '' ? ready.status : `${ready.status}: ${why}`;
}

function modelText(status: InferenceServiceStatus): string {
  const { modelStatus } = status;
  if (modelStatus === undefined) return '<none>';
  const failure = modelStatus.lastFailureInfo;
  const states = modelStatus.states === undefined ? '' : `, ${modelStatus.states.activeModelState}`;
  const failed = failure === undefined ? '' : `; last failure ${failure.time}: ${failure.reason}: ${failure.message}`;
  return `${modelStatus.transitionStatus}${states}${failed}`;
}

function section(title: string, rows: readonly (readonly string[])[]): string {
  if (rows.length < 2) return '';
  return `${title}:\n${printable(alignColumns(rows)).replace(/^(?=.)/gm, '  ')}`;
}

function conditionRows(conditions: readonly Condition[], now: Date): string[][] {
  const rows = conditions.map((one) => [
    one.type,
    one.status,
    age(one.lastTransitionTime, now),
    one.reason ?? '',
    (one.message ?? '').replace(/\s*\n\s*/g, ' ⏎ '),
  ]);
  return [['TYPE', 'STATUS', 'SINCE', 'REASON', 'MESSAGE'], ...rows];
}

function modelRows(status: InferenceServiceStatus): string[][] {
  const rows = (status.models ?? []).map((model) => [
    model.name,
    model.state,
    (model.versions ?? []).join(','),
    model.format ?? '',
    model.reason ?? '',
  ]);
  return [['NAME', 'STATE', 'VERSIONS', 'WHAT', 'REASON'], ...rows];
}

function trafficRows(status: InferenceServiceStatus): string[][] {
  const predictor = status.components?.predictor as
    | { traffic?: { revisionName?: string; percent?: number; tag?: string; url?: string }[] }
    | undefined;
  const rows = (predictor?.traffic ?? []).map((one) => [
    one.revisionName ?? '',
    `${one.percent ?? 0} %`,
    one.tag ?? '',
    one.url ?? '',
  ]);
  return [['REVISION', 'SHARE', 'TAG', 'URL'], ...rows];
}

function revisionRows(revisions: readonly KubeObject[], now: Date): string[][] {
  const rows = revisions.map((one) => {
    const { conditions } = (one.status ?? {}) as { conditions?: Condition[] };
    const ready = conditions?.find((condition) => condition.type === 'Ready');
    return [one.metadata.name, ready?.status ?? '', ready?.reason ?? '', age(one.metadata.creationTimestamp, now)];
  });
  return [['NAME', 'READY', 'REASON', 'AGE'], ...rows];
}

function podRows(pods: readonly KubeObject[], now: Date): string[][] {
  const rows = pods.map((pod) => {
    const { containerStatuses, phase } = (pod.status ?? {}) as {
      phase?: string;
      containerStatuses?: { ready?: boolean; restartCount?: number; state?: { waiting?: { reason?: string } } }[];
    };
    const container = containerStatuses?.[0];
    const state = container?.state?.waiting?.reason ?? phase ?? '';
    const restarts = String(container?.restartCount ?? 0);
    return [
      pod.metadata.name,
      container?.ready === true ? 'yes' : 'no',
      state,
      restarts,
      age(pod.metadata.creationTimestamp, now),
    ];
  });
  return [['NAME', 'READY', 'STATE', 'RESTARTS', 'AGE'], ...rows];
}

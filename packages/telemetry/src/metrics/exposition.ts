import type { FamilySnapshot, MetricsSnapshot, SeriesSnapshot } from './snapshot.ts';

/** The media type of what `renderPrometheus` writes. */
export const PROMETHEUS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** A snapshot in the Prometheus text exposition format 0.0.4. */
export function renderPrometheus(snapshot: MetricsSnapshot): string {
  const lines: string[] = [];
  for (const family of snapshot.families) {
    lines.push(`# HELP ${family.name} ${family.help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`);
    lines.push(`# TYPE ${family.name} ${family.type}`);
    for (const series of family.series) writeSeries(lines, family, series);
  }
  lines.push('');
  return lines.join('\n');
}

function writeSeries(lines: string[], family: FamilySnapshot, series: SeriesSnapshot): void {
  const pairs = family.labelNames.map((name, index) => `${name}="${escapeLabel(series.labels[index] ?? '')}"`);
  const labels = pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
  if (family.type === 'counter' || family.type === 'gauge') {
    lines.push(`${family.name}${labels} ${number(series.value ?? 0)}`);
    return;
  }
  if (family.type === 'histogram') {
    let cumulative = 0;
    const bounds = [...(family.buckets ?? []), Infinity];
    for (const [bucket, bound] of bounds.entries()) {
      cumulative += series.counts?.[bucket] ?? 0;
      const le = `le="${bound === Infinity ? '+Inf' : number(bound)}"`;
      lines.push(`${family.name}_bucket{${[...pairs, le].join(',')}} ${cumulative}`);
    }
  }
  lines.push(`${family.name}_sum${labels} ${number(series.sum ?? 0)}`);
  lines.push(`${family.name}_count${labels} ${series.count ?? 0}`);
}

function number(value: number): string {
  if (value === Infinity) return '+Inf';
  if (value === -Infinity) return '-Inf';
  return String(value);
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

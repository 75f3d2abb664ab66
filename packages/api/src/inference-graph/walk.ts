import type { IssueCollector } from '../issue.ts';
import { type GraphNode, ROOT_NODE } from './types.ts';

/** A node that is being walked, and the step that comes next. */
interface Visit {
  readonly name: string;
  next: number;
}

/**
 * Walks from the root along the steps that lead to other nodes: a circle is an error, since a request would go round for
 * ever; a node that is never reached is a warning. Every `nodeName` is known to exist. Without recursion: a graph may be deep.
 */
export function checkWalk(nodes: ReadonlyMap<string, GraphNode>, issues: IssueCollector): void {
  const done = new Set<string>();
  const open = new Set([ROOT_NODE]);
  const visits: Visit[] = [{ name: ROOT_NODE, next: 0 }];
  for (let visit = visits.at(-1); visit !== undefined; visit = visits.at(-1)) {
    const steps = nodes.get(visit.name)?.steps ?? [];
    if (visit.next >= steps.length) {
      done.add(visit.name);
      open.delete(visit.name);
      visits.pop();
      continue;
    }
    const index = visit.next++;
    const to = steps[index]?.nodeName;
    if (typeof to !== 'string' || to === '' || done.has(to)) continue;
    if (open.has(to)) {
      const names = visits.map((one) => one.name);
      const circle = [...names.slice(names.indexOf(to)), to].map((one) => one.slice(0, 50)).join(' → ');
      issues.error(
        ['spec', 'nodes', visit.name, 'steps', index, 'nodeName'],
        `the graph goes in a circle: ${circle.slice(0, 300)}`,
        { hint: 'a node must not lead back to one that led to it' },
      );
      continue;
    }
    open.add(to);
    visits.push({ name: to, next: 0 });
  }
  for (const name of nodes.keys()) {
    if (done.has(name)) continue;
    issues.warning(['spec', 'nodes', name], `no step leads to the node "${name.slice(0, 100)}" from ${ROOT_NODE}`, {
      at: 'key',
    });
  }
}

import type { IssueCollector } from '../issue.ts';
import { nameProblem } from './names.ts';

/** Reports a name that Kubernetes or KServe would refuse for the kind. */
export function checkName(kind: string, name: string, issues: IssueCollector): void {
  const hint = nameProblem(kind, name);
  if (hint === undefined) return;
  issues.error(['metadata', 'name'], `${JSON.stringify(name.slice(0, 253))} is no valid name of a ${kind}`, { hint });
}

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readGraph } from '../../../packages/formats/src/onnx/graph.ts';
import { AMPLIFYING, KNOWN_DOMAINS, UNBOUNDED } from '../../../packages/formats/src/onnx/operators.ts';
import { code, table } from './table.ts';
import { byVersion } from './versions.ts';

const ROOT = join(import.meta.dirname, '../../..');
const GOLDEN = join(ROOT, 'packages/formats/src/onnx/golden');

/** What is done with ONNX's operators, and which of them golden models hold. */
export async function onnxPart(): Promise<string> {
  const names = (JSON.parse(await readFile(join(GOLDEN, 'cases.json'), 'utf8')) as { name: string }[]).map(
    (one) => one.name,
  );
  const operators = new Map<string, Set<number>>();
  for (const name of new Set(names)) {
    const graph = readGraph(await readFile(join(GOLDEN, `${name}.onnx`)));
    for (const key of graph.operators.keys()) {
      const [domain, operator] = [key.slice(0, key.lastIndexOf(':')), key.slice(key.lastIndexOf(':') + 1)];
      if (graph.functions.has(key)) continue;
      const path = `${domainName(domain)}.${operator}`;
      const opset = graph.opsets.get(domain) ?? graph.opsets.get('ai.onnx');
      operators.set(path, (operators.get(path) ?? new Set()).add(opset as number));
    }
  }
  const rows = [...operators]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, opsets]) => [path, [...opsets].map(String).sort(byVersion).join(', ')]);
  return `## ONNX

No operator is computed by Berth itself. ONNX Runtime ${await runtimeVersion()} computes all of them, so that what it has is what there is: every
opset that this release of it takes. Berth reads the graph first and decides:

- Domains ${code([...KNOWN_DOMAINS].map(domainName))} are passed on.
  An operator of any other domain that the file does not define as a function is refused by name, since only a custom library would bring it.
- ${code(operatorNames(UNBOUNDED))} may run without end, and ${code(operatorNames(AMPLIFYING))} may
  answer many times more than they are sent. A model with one of these, or with functions, runs in a process that can be ended.

Compared with ONNX Runtime for Python are the ${names.length} cases of the golden models, with these operators and opsets:

${table(['Operator', 'Opsets'], rows)}`;
}

function operatorNames(keys: ReadonlySet<string>): string[] {
  return [...keys].map((key) => (key.startsWith(':') ? key.slice(1) : key.replace(':', '.'))).sort();
}

function domainName(domain: string): string {
  return domain === '' ? 'ai.onnx' : domain;
}

async function runtimeVersion(): Promise<string> {
  const manifest = JSON.parse(await readFile(join(ROOT, 'engines/onnxruntime/package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  return manifest.dependencies['onnxruntime-node'];
}

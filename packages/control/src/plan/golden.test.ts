import assert from 'node:assert/strict';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, test } from 'node:test';
import { BUILT_IN_RUNTIMES, inferenceServices, parseManifests, servingRuntimes } from '@berth/api';
import { scalingPolicy } from '../autoscaler/policy.ts';
import { planPredictor } from './plan-component.ts';
import { platformConfig } from './platform-config.ts';
import { hostClaims } from './service-hosts.ts';
import { makeWorkload } from './workload.ts';

/** Each YAML under golden/ has its plan beside it; `UPDATE_GOLDEN=1` writes them anew, for a person to read. */
const folder = join(import.meta.dirname, 'golden');

const lookup = {
  secret: (_namespace: string, name: string) => (name === 'mine' ? new Map([['token', 's3cr3t']]) : undefined),
  configMap: () => undefined,
};

function planOf(yaml: string) {
  const { resources, issues } = parseManifests(yaml);
  assert.deepEqual(
    issues.filter((issue) => issue.severity === 'error'),
    [],
  );
  const [isvc] = inferenceServices(resources);
  assert.ok(isvc !== undefined);
  const own = servingRuntimes(resources);
  const world = {
    runtimes: [...own, ...BUILT_IN_RUNTIMES],
    isBuiltIn: (runtime: unknown) => BUILT_IN_RUNTIMES.includes(runtime as never),
  };
  const outcome = planPredictor(isvc, isvc.spec.predictor, world);
  const { plan } = outcome;
  const input = { revision: 'r-00001', pod: 'r-00001-pod', podUid: 'uid', labels: { app: 'x' }, lookup };
  const made =
    plan === undefined
      ? undefined
      : makeWorkload(plan, { ...input, paths: plan.models.map((_, index) => `/cache/${index}`) });
  const facts = {
    namespace: isvc.metadata.namespace ?? 'default',
    name: isvc.metadata.name,
    labels: {},
    annotations: {},
  };
  return {
    outcome,
    ...(made === undefined ? {} : made),
    policy: scalingPolicy(isvc.spec.predictor, isvc.metadata.annotations ?? {}),
    hosts: hostClaims(facts, facts.name, platformConfig(undefined), 0).map((claim) => claim.host),
  };
}

describe('golden plans', () => {
  for (const file of globSync('*.yaml', { cwd: folder }).sort()) {
    test(basename(file, '.yaml'), () => {
      const found = planOf(readFileSync(join(folder, file), 'utf8'));
      const target = join(folder, file.replace('.yaml', '.json'));
      if (process.env.UPDATE_GOLDEN === '1') writeFileSync(target, `${JSON.stringify(found, null, 1)}\n`);
      assert.deepEqual(JSON.parse(JSON.stringify(found)), JSON.parse(readFileSync(target, 'utf8')));
      const { plan, ...rest } = found.outcome;
      assert.ok(!JSON.stringify([plan, rest]).includes('s3cr3t'), 'what is stored holds no Secret');
    });
  }
});

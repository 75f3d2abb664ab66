import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { HostRegistry } from '../routes/host-registry.ts';
import { platformConfig } from './platform-config.ts';
import { displayHost, hostClaims, pathsOf } from './service-hosts.ts';

const config = platformConfig(undefined);
const facts = (namespace: string, name: string) => ({ namespace, name, labels: {}, annotations: {} });

function register(services: readonly { namespace: string; name: string }[], settings = config): Map<string, string> {
  const registry = new HostRegistry();
  for (const [index, { namespace, name }] of services.entries()) {
    const claims = [
      ...hostClaims(facts(namespace, name), name, settings, 0),
      ...hostClaims(facts(namespace, name), `${name}-predictor`, settings, 1),
    ];
    registry.claim(
      { key: `${namespace}/${name}`, createdAt: `2026-01-01T00:00:${String(index).padStart(2, '0')}Z` },
      claims,
    );
  }
  return new Map(
    services.map(({ namespace, name }) => {
      const key = `${namespace}/${name}`;
      return [key, displayHost(facts(namespace, name), name, settings, (host) => registry.owner(host) === key)];
    }),
  );
}

describe('host names of services', () => {
  test("are KServe's, and under localhost those that are shown", () => {
    const hosts = hostClaims(facts('team', 'iris'), 'iris', config, 0).map((one) => one.host);
    for (const host of [
      'iris-team.localhost',
      'iris-team.example.com',
      'iris.team.example.com',
      'iris.team.svc.cluster.local',
    ]) {
      assert.ok(hosts.includes(host), host);
    }
    assert.deepEqual([...register([{ namespace: 'team', name: 'iris' }]).values()], ['iris-team.localhost']);
  });

  test('have labels of 63 letters at most, the same each time', () => {
    const long = { namespace: 'this-is-a-long-project-name-with-44-letters-x', name: 't-44e43bb2-and-then-some-more' };
    const [first] = register([long]).values();
    assert.equal(first, [...register([long]).values()][0]);
    for (const label of (first ?? '').split('.')) assert.ok(label.length <= 63);
    const [other] = register([{ namespace: 'a', name: 'x'.repeat(63) }]).values();
    assert.ok((other ?? '').split('.').every((label) => label.length <= 63));
  });

  test('are never shared, even where two services would spell the same', () => {
    const hosts = register([
      { namespace: 'c', name: 'a-b' },
      { namespace: 'b-c', name: 'a' },
    ]);
    assert.equal(hosts.get('c/a-b'), 'a-b-c.localhost');
    assert.notEqual(hosts.get('b-c/a'), 'a-b-c.localhost');
    const own = register([
      { namespace: 'd', name: 'iris' },
      { namespace: 'd', name: 'iris-predictor' },
    ]);
    assert.equal(own.get('d/iris-predictor'), 'iris-predictor-d.localhost', 'its own name comes before a derived one');
  });

  test('stay apart for any names', () => {
    const name = fc.stringMatching(/^[a-c](-?[a-c]){0,3}$/);
    const service = fc.record({ namespace: name, name });
    fc.assert(
      fc.property(
        fc.uniqueArray(service, { maxLength: 8, selector: (one) => `${one.namespace}/${one.name}` }),
        (services) => {
          const hosts = [...register(services).values()];
          assert.equal(new Set(hosts).size, hosts.length);
        },
      ),
    );
  });

  test("follow KServe's configuration", () => {
    const ingress = {
      ingressDomain: 'models.acme.org',
      domainTemplate: '{{.Name}}.{{.IngressDomain}}',
      pathTemplate: '/m/{{.Namespace}}/{{.Name}}',
      ingressClassName: 'x',
    };
    const settings = platformConfig({ ingress: JSON.stringify(ingress), router: '{}' });
    const hosts = register(
      [
        { namespace: 'a', name: 'iris' },
        { namespace: 'b', name: 'iris' },
      ],
      settings,
    );
    assert.equal(hosts.get('a/iris'), 'iris.models.acme.org');
    assert.notEqual(hosts.get('b/iris'), 'iris.models.acme.org');
    assert.equal(pathsOf(facts('a', 'iris'), settings).prefix, '/m/a/iris');
    assert.ok(settings.warnings.some((one) => one.includes('ingress.ingressClassName') && one.includes('router')));
    assert.equal(platformConfig({ ingress: '{' }).warnings.length, 1);
    assert.deepEqual(platformConfig({ deploy: '{"defaultDeploymentMode": "Serverless"}' }).deploymentMode, 'Knative');
  });
});

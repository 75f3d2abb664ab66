import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FieldCase, runYaml } from '../../test/field-case.ts';

test('041 YAML of an older API', async () => {
  const field = new FieldCase('041');
  const old = await field.refused('v1alpha2.yaml');
  assert.equal(old.code, 3);
  assert.match(old.err, /serving\.kserve\.io\/v1beta1/);
  assert.match(old.err, /spec\.predictor/);
  const [said = ''] = old.err.split(/^ {2}code: /m);
  const offered = said.slice(said.indexOf('apiVersion: serving.kserve.io/v1beta1'));
  {
    await using run = await runYaml(offered);
    await run.assertReady('old');
  }
  {
    await using run = await field.run('kubeflow-v1beta1.yaml');
    await run.assertReady('middle');
    assert.match(run.server.err(), /warning: .*serving\.kserve\.io/);
  }
  const typo = await field.refused('processer.yaml');
  assert.equal(typo.code, 3);
  assert.match(typo.err, /processer/);
  assert.match(typo.err, /transformer/);
});

test('043 annotations that nothing reads', async () => {
  const field = new FieldCase('043');
  await using run = await field.run('all.yaml');
  const err = run.server.err();
  assert.match(err, /serving\.kserve\.org\/s3-endpoint[\s\S]*serving\.kserve\.io\/s3-endpoint/);
  assert.match(err, /serving\.kserve\.io\/s3-verifySSL[\s\S]*s3-verifyssl/);
  assert.doesNotMatch(err, /example\.com\/owner/);
  const colons = await field.refused('two-colons.yaml');
  assert.equal(colons.code, 3);
  assert.match(colons.err, /:6:/);
  assert.match(colons.err, /"eks\.amazonaws\.com\/role-arn"/);
});

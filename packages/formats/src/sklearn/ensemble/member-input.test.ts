import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Attributes } from '../attributes.ts';
import type { Estimator } from '../estimator.ts';
import { fittedObject } from '../tree/record-fixture.ts';
import { memberInput } from './member-input.ts';

const own = (attributes: Record<string, number> = {}) =>
  new Attributes(fittedObject('sklearn.ensemble._voting', 'VotingClassifier', attributes));

function member(facts: Partial<Estimator>): Estimator {
  return { className: 'Pipeline', kind: 'classifier', ...facts };
}

test('what the file says goes before what the first member says', () => {
  assert.deepEqual(memberInput(own({ n_features_in_: 3 }), [member({ nFeaturesIn: 4 })]), { nFeaturesIn: 3 });
  assert.deepEqual(memberInput(own(), [member({ nFeaturesIn: 4 }), member({ nFeaturesIn: 5 })]), { nFeaturesIn: 4 });
  assert.deepEqual(memberInput(own(), []), {});
});

test('text goes through only where every member takes it', () => {
  const text = member({ acceptsText: true, takesDocuments: true });
  assert.deepEqual(memberInput(own(), [text, text]), { acceptsText: true, takesDocuments: true });
  assert.deepEqual(memberInput(own(), [text, member({})]), {});
});

test('columns that some member needs are needed; one that needs all of them decides', () => {
  const a = member({ requiredFeatures: ['age', 'pay'] });
  const b = member({ requiredFeatures: ['pay', 'city'] });
  assert.deepEqual(memberInput(own(), [a, b]), { requiredFeatures: ['age', 'pay', 'city'] });
  assert.deepEqual(memberInput(own(), [a, member({})]), {});
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { secretValues } from './secret-values.ts';

const metadata = { name: 'made' };

describe('the values of a Secret', () => {
  it('are decoded', () => {
    const values = secretValues({
      metadata,
      data: { AWS_ACCESS_KEY_ID: 'bWluaW8=', other: 'w6nDqQ==' },
      stringData: { a: 'b' },
    });
    assert.deepEqual(Object.fromEntries(values), { AWS_ACCESS_KEY_ID: 'minio', other: '\u00e9\u00e9', a: 'b' });
  });

  it("are the text itself where KServe's SDK left out the encoding", () => {
    const data = {
      AWS_ACCESS_KEY_ID: 'ARQ7AKIBFOFN6F6WXBSZ',
      AWS_SECRET_ACCESS_KEY: '4tdCyzIxlbPzoBfQGbAPw2hY+Rkzgv/b4vB0Q+ps',
    };
    assert.deepEqual(Object.fromEntries(secretValues({ metadata, data })), data);
  });
});

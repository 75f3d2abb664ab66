import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { readEndpoint } from './endpoint.ts';

const LABEL = 'annotation serving.kserve.io/s3-endpoint of Secret s3';

function read(text: string, useHttps?: string) {
  const flag =
    useHttps === undefined ? undefined : { value: useHttps, label: 'annotation serving.kserve.io/s3-usehttps' };
  return readEndpoint(text, LABEL, flag);
}

describe('endpoints that work', () => {
  for (const [text, useHttps, url] of [
    ['127.0.0.1:9097', '0', 'http://127.0.0.1:9097'],
    ['127.0.0.1:9097', 'false', 'http://127.0.0.1:9097'],
    ['127.0.0.1:9097', '1', 'https://127.0.0.1:9097'],
    ['minio.example', undefined, 'https://minio.example'],
    ['localhost:9000', '0', 'http://localhost:9000'],
    ['http://127.0.0.1:9097', '0', 'http://127.0.0.1:9097'],
    ['http://127.0.0.1:9097/', '0', 'http://127.0.0.1:9097'],
    ['HTTP://127.0.0.1:9097//', undefined, 'http://127.0.0.1:9097'],
    ['https://127.0.0.1:9097', '1', 'https://127.0.0.1:9097'],
    ['  minio:9000 \n', '0', 'http://minio:9000'],
    ['[::1]:9000', '0', 'http://[::1]:9000'],
    ['https://gateway.example/s3', undefined, 'https://gateway.example/s3'],
  ] as const) {
    test(`${JSON.stringify(text)} with usehttps ${useHttps}`, () => {
      assert.deepEqual(read(text, useHttps), { url, warnings: [] });
    });
  }

  test('a scheme wins over usehttps, with a warning that names both', () => {
    const reading = read('http://127.0.0.1:9097', '1');
    assert.ok('url' in reading);
    assert.equal(reading.url, 'http://127.0.0.1:9097');
    assert.match(reading.warnings.join(), /s3-usehttps.*s3-endpoint/);
    const other = read('https://minio', '0');
    assert.ok('url' in other && other.url === 'https://minio' && other.warnings.length === 1);
  });

  test('a dot after the host is left out', () => {
    for (const [text, url] of [
      ['127.0.0.1.:9097', 'http://127.0.0.1:9097'],
      ['s3.amazonaws.com.', 'http://s3.amazonaws.com'],
    ] as const) {
      const reading = read(text, '0');
      assert.ok('url' in reading);
      assert.equal(reading.url, url);
      assert.equal(reading.warnings.length, 1);
    }
  });
});

describe('endpoints that are refused by name', () => {
  for (const [text, why] of [
    ['s3://field/lab', /s3-endpoint.*"s3:\/\/field\/lab".*URI of a model/],
    ['ftp://minio', /ftp:\/\//],
    ['http://http://minio:9000', /scheme twice/],
    ['http:/minio:9000', /\/\//],
    ['http:minio:9000', /\/\//],
    ['minio:', /port/],
    ['minio:0', /port/],
    ['minio:99999', /host name and port/],
    ['minio:abc', /host name and port/],
    ['http://', /host name/],
    [':9000', /host name/],
    ['/bucket', /host name/],
    ['a..b:9000', /host name/],
    ['mi nio', /blank/],
    ['minio\\x', /backslash/],
    ['minio?x=1', /\?/],
    ['minio#x', /#/],
  ] as const) {
    test(JSON.stringify(text), () => {
      const reading = read(text, '0');
      assert.ok('problem' in reading, JSON.stringify(reading));
      assert.match(reading.problem, why);
      assert.ok(reading.problem.includes('s3-endpoint'));
    });
  }

  test('a password in it is not shown', () => {
    const reading = read('https://user:canary@minio:9000');
    assert.ok('problem' in reading);
    assert.doesNotMatch(reading.problem, /canary/);
  });

  test('no text makes it throw, and whatever works is an http(s) URL with a host', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), fc.constantFrom('0', '1', '', 'x', undefined), (text, flag) => {
        const reading = read(text, flag);
        if ('url' in reading) assert.match(reading.url, /^https?:\/\/[^/]+/);
      }),
    );
  });
});

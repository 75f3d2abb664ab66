import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { StorageError } from '../storage-error.ts';
import { azureLocation, isAzureBlob, isAzureFile } from './azure-uri.ts';

describe('URIs of Azure', () => {
  for (const [uri, serviceUrl, container, path] of [
    ['https://acct.blob.core.windows.net/models/iris', 'https://acct.blob.core.windows.net', 'models', 'iris'],
    ['https://acct.blob.core.windows.net/models', 'https://acct.blob.core.windows.net', 'models', ''],
    ['https://acct.blob.core.windows.net/models/a/b/', 'https://acct.blob.core.windows.net', 'models', 'a/b/'],
    ['https://acct.z12.blob.storage.azure.net/models/a', 'https://acct.z12.blob.storage.azure.net', 'models', 'a'],
    ['https://acct.blob.core.chinacloudapi.cn/models/a', 'https://acct.blob.core.chinacloudapi.cn', 'models', 'a'],
    [
      'https://acct.blob.core.windows.net/models/my%20model',
      'https://acct.blob.core.windows.net',
      'models',
      'my model',
    ],
    ['https://acct.blob.core.windows.net/$web/a', 'https://acct.blob.core.windows.net', '$web', 'a'],
    ['abfs://models@acct.dfs.core.windows.net/a/b', 'https://acct.blob.core.windows.net', 'models', 'a/b'],
    ['abfss://models@acct.dfs.core.windows.net/a', 'https://acct.blob.core.windows.net', 'models', 'a'],
    ['wasbs://models@acct.blob.core.windows.net/a', 'https://acct.blob.core.windows.net', 'models', 'a'],
    ['wasb://models@acct.blob.core.windows.net', 'https://acct.blob.core.windows.net', 'models', ''],
    ['http://127.0.0.1:10000/devstoreaccount1/models/a', 'http://127.0.0.1:10000/devstoreaccount1', 'models', 'a'],
  ] as const) {
    test(uri, () => {
      assert.ok(isAzureBlob(uri));
      const location = azureLocation(uri);
      assert.deepEqual([location.serviceUrl, location.container, location.path], [serviceUrl, container, path]);
    });
  }

  test('a signature is taken off the URL', () => {
    const { sas, serviceUrl } = azureLocation('https://acct.blob.core.windows.net/models/a?sv=1&sig=canary');
    assert.equal(sas, 'sv=1&sig=canary');
    assert.equal(serviceUrl, 'https://acct.blob.core.windows.net');
  });

  for (const uri of [
    'https://acct.blob.core.windows.net/',
    'https://acct.blob.core.windows.net/Models/a',
    'https://acct.blob.core.windows.net/m/a',
    'https://acct.blob.core.windows.net/a--b/a',
    'https://u:canary@acct.blob.core.windows.net/models/a',
    'https://acct.blob.core.windows.net/models/a?x=canary',
    'abfs://models/a',
    'abfs://models@evil.example/a',
    'abfs://models@acct.dfs.core.windows.net.evil.example/a',
    'https://acct.blob.core.windows.net/models/a%00b',
  ]) {
    test(`${uri} is refused in words`, () => {
      assert.throws(
        () => azureLocation(uri),
        (thrown) => {
          assert.ok(thrown instanceof StorageError);
          assert.equal(thrown.reason, 'InvalidStorageUri');
          assert.doesNotMatch(thrown.message, /canary/);
          return true;
        },
      );
    });
  }

  test('what is not Azure', () => {
    for (const uri of [
      'https://example.com/devstoreaccount1/models/a',
      'https://acct.blob.core.windows.net.evil.example/models/a',
      'https://blob.core.windows.net/models/a',
      'http://127.0.0.1:8000/models/a',
      's3://models/a',
      './devstoreaccount1/models',
    ]) {
      assert.equal(isAzureBlob(uri), false, uri);
    }
    assert.ok(isAzureFile('https://acct.file.core.windows.net/share/a'));
    assert.ok(isAzureFile('https://acct.z1.file.storage.azure.net/share/a'));
  });
});

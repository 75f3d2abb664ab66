import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { NO_CREDENTIALS } from '../credentials/credentials.ts';
import { azureConfig } from './azure-config.ts';
import { azureLocation } from './azure-uri.ts';

const URI = 'https://acct.blob.core.windows.net/models/iris';
const config = (env: Record<string, string>, processEnv: Record<string, string> = {}, uri = URI) =>
  azureConfig(azureLocation(uri), { credentials: { ...NO_CREDENTIALS, env }, processEnv });

const PRINCIPAL = { AZURE_CLIENT_ID: 'c', AZURE_TENANT_ID: 't', AZURE_CLIENT_SECRET: 's' };

describe('azureConfig', () => {
  test("the URI's signature, then a principal, a key, a token, nothing", () => {
    const key = { AZURE_STORAGE_ACCESS_KEY: 'a2V5' };
    assert.equal(config({ ...PRINCIPAL, ...key }, {}, `${URI}?sig=x`).credential.kind, 'sas');
    assert.equal(config({ ...PRINCIPAL, ...key }).credential.kind, 'principal');
    assert.deepEqual(config({ ...key, AZURE_ACCESS_TOKEN: 'x' }).credential, {
      kind: 'key',
      account: 'acct',
      key: 'a2V5',
    });
    assert.equal(config({ AZURE_ACCESS_TOKEN: 'x' }).credential.kind, 'token');
    assert.equal(config({}).credential.kind, 'anonymous');
    assert.equal(config({}, PRINCIPAL).credential.kind, 'principal');
  });

  test('half a principal is none', () => {
    assert.equal(config({ AZURE_CLIENT_ID: 'c', AZURE_TENANT_ID: 't' }).credential.kind, 'anonymous');
    const file = { AZURE_FEDERATED_TOKEN_FILE: '/etc/shadow' };
    // A file of the machine is the owner's to name.
    assert.equal(config({ AZURE_CLIENT_ID: 'c', AZURE_TENANT_ID: 't', ...file }).credential.kind, 'anonymous');
    const owner = config({}, { AZURE_CLIENT_ID: 'c', AZURE_TENANT_ID: 't', ...file });
    assert.equal(owner.credential.kind, 'principal');
  });

  test('a connection string for the account leads to its endpoint, one for another does not', () => {
    const text = 'AccountName=acct;AccountKey=a2V5;BlobEndpoint=http://127.0.0.1:10000/acct/';
    const found = config({ AZURE_STORAGE_CONNECTION_STRING: text });
    assert.equal(found.serviceUrl, 'http://127.0.0.1:10000/acct');
    assert.equal(found.credential.kind, 'key');
    const other = config({ AZURE_STORAGE_CONNECTION_STRING: text.replace('=acct;', '=other;') });
    assert.equal(other.serviceUrl, 'https://acct.blob.core.windows.net');
    assert.equal(other.credential.kind, 'anonymous');
    const uri = 'https://devstoreaccount1.blob.core.windows.net/models/iris';
    const emulator = config({}, { AZURE_STORAGE_CONNECTION_STRING: 'UseDevelopmentStorage=true' }, uri);
    assert.equal(emulator.serviceUrl, 'http://127.0.0.1:10000/devstoreaccount1');
  });

  test('a server that the service names is not shown what the owner has', () => {
    for (const endpoint of ['https://evil.example', 'http://127.0.0.1:10000/acct']) {
      const text = { AZURE_STORAGE_CONNECTION_STRING: `AccountName=acct;BlobEndpoint=${endpoint}` };
      for (const owner of [PRINCIPAL, { AZURE_STORAGE_SAS_TOKEN: 'sig=x' }, { AZURE_ACCESS_TOKEN: 'x' }]) {
        assert.equal(config(text, owner).credential.kind, 'anonymous');
        // Nor a token that is Microsoft's to read, whoever's it is.
        if (!('AZURE_STORAGE_SAS_TOKEN' in owner)) {
          assert.equal(config({ ...text, ...owner }).credential.kind, 'anonymous');
        }
      }
    }
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { serveHttp } from '../../test/http-fixture.ts';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { StorageError } from '../storage-error.ts';
import { addressKind } from './address-rules.ts';
import { createHttpFetcher } from './http-fetcher.ts';
import { checkUrl, type EgressPolicy, pin, systemResolver } from './url-rules.ts';

const OPERATOR: EgressPolicy = { author: 'operator', strictEgress: false };
const REQUEST: EgressPolicy = { author: 'request', strictEgress: false };
const PRIVATE_ZONE = new Map([
  ['private.test', '10.1.2.3'],
  ['public.test', '93.184.216.34'],
  ['sly.test', '169.254.169.254'],
]);
const resolver = async (host: string) => {
  const address = PRIVATE_ZONE.get(host);
  if (address === undefined) throw new Error('ENOTFOUND');
  return [{ address, family: 4 }];
};
const reason = (expected: string) => (thrown: unknown) => thrown instanceof StorageError && thrown.reason === expected;

/** reliability 1.5: never asked, whoever wrote the URL. */
const NEVER = [
  'http://169.254.169.254/latest/meta-data',
  'http://[::ffff:169.254.169.254]/',
  'http://[fd00:ec2::254]/',
  'http://metadata.google.internal/',
  'http://METADATA.google.internal/',
  'http://2852039166/',
  'http://0xa9.254.0xa9fe/',
  'http://[64:ff9b::a9fe:a9fe]/',
  'http://[2002:a9fe:a9fe::1]/',
  'http://[fe80::1]/',
  'http://0/',
  'http://[::]/',
  'http://224.0.0.1/',
  'http://100.100.100.200/',
  'http://sly.test/',
];

/** Loopback and private: the operator's business, never a request's. */
const PRIVATE = [
  'http://127.0.0.1/',
  'http://[::1]/',
  'http://2130706433/',
  'http://0x7f.1/',
  'http://127.1/',
  'http://[::ffff:10.0.0.1]/',
  'http://192.168.1.1:9000/',
  'http://private.test/',
];

describe('where a URL may lead', () => {
  for (const url of NEVER) {
    test(`${url} is never asked`, async () => {
      for (const policy of [OPERATOR, REQUEST]) {
        await assert.rejects(pin(checkUrl(url), policy, resolver), reason('UrlNotAllowed'));
      }
    });
  }
  for (const url of PRIVATE) {
    test(`${url} is asked for the operator only`, async () => {
      assert.equal((await pin(checkUrl(url), OPERATOR, resolver)).isPrivate, true);
      await assert.rejects(pin(checkUrl(url), REQUEST, resolver), reason('UrlNotAllowed'));
      await assert.rejects(pin(checkUrl(url), { ...OPERATOR, strictEgress: true }, resolver), reason('UrlNotAllowed'));
    });
  }
  test('a public name is asked at the address it had when it was checked', async () => {
    assert.deepEqual((await pin(checkUrl('https://public.test/m'), REQUEST, resolver)).address, '93.184.216.34');
  });
  test('a name with one bad address among good ones is refused', async () => {
    const mixed = async () => [
      { address: '93.184.216.34', family: 4 },
      { address: '169.254.169.254', family: 4 },
    ];
    await assert.rejects(pin(checkUrl('http://mixed.test/'), OPERATOR, mixed), reason('UrlNotAllowed'));
  });
});

describe('URLs that are not what they seem', () => {
  const written = [
    'http://ok@evil.test/',
    'http://user:word@evil.test/',
    'http://evil.test#@ok.test',
    'http://evil.test./m',
    'http://eхample.com/m',
    'gopher://ok.test/',
    'http://ok.test\\@evil.test/',
    'http://',
    'unix:/run/x.sock',
  ];
  for (const url of written) {
    test(`${url} is refused`, () => assert.throws(() => checkUrl(url), reason('InvalidStorageUri')));
  }
});

test('IPv6 addresses are sorted by what they hold', () => {
  assert.equal(addressKind('2606:2800:220:1::1'), 'public');
  assert.equal(addressKind('::ffff:127.0.0.1'), 'private');
  assert.equal(addressKind('fe80::1%eth0'), 'never');
  assert.equal(addressKind('::7f00:1'), 'private');
});

describe('redirects', () => {
  const cases: [string, string][] = [
    ['to a metadata service', 'http://169.254.169.254/latest'],
    ['to another scheme', 'file:///etc/passwd'],
    ['to a URL with credentials', 'http://a:b@127.0.0.1/'],
  ];
  for (const [name, location] of cases) {
    test(`${name} are not followed`, async () => {
      await using server = await serveHttp((_request, response) => response.writeHead(302, { location }).end());
      await using folder = await temporaryFolder();
      const fetch = createHttpFetcher(systemResolver).fetch(`${server.url}/m`, { cacheFolder: folder.path });
      await assert.rejects(
        fetch,
        (thrown) => thrown instanceof StorageError && /UrlNotAllowed|InvalidStorageUri/.test(thrown.reason),
      );
    });
  }

  test('to another origin lose the credentials', async () => {
    await using target = await serveHttp((_request, response) => response.end('model'));
    await using first = await serveHttp((_request, response) =>
      response.writeHead(302, { location: `${target.url}/m.pkl` }).end(),
    );
    await using folder = await temporaryFolder();
    const headers = { authorization: 'Bearer secret' };
    await createHttpFetcher().fetch(`${first.url}/m.pkl`, { cacheFolder: folder.path, headers });
    assert.equal(first.requests[0]?.headers.authorization, 'Bearer secret');
    assert.equal(target.requests[0]?.headers.authorization, undefined);
  });

  test('without end are given up', async () => {
    await using server = await serveHttp((_request, response) => response.writeHead(302, { location: '/again' }).end());
    await using folder = await temporaryFolder();
    const fetch = createHttpFetcher().fetch(`${server.url}/m`, { cacheFolder: folder.path });
    await assert.rejects(fetch, /redirects more than 5 times/);
    assert.equal(server.requests.length, 6);
  });
});

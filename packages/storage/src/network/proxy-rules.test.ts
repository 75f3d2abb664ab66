import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { proxyAuthorization, proxyFor } from './proxy-rules.ts';

const PROXY = 'http://proxy:3128';

function proxied(url: string, env: Record<string, string>): string | undefined {
  return proxyFor(new URL(url), env)?.href;
}

describe('which proxy', () => {
  test('by the scheme of the URL, lower case first, all_proxy last', () => {
    assert.equal(proxied('https://a/', { HTTPS_PROXY: PROXY }), `${PROXY}/`);
    assert.equal(proxied('http://a/', { HTTPS_PROXY: PROXY }), undefined);
    assert.equal(proxied('http://a/', { HTTP_PROXY: PROXY }), `${PROXY}/`);
    assert.equal(proxied('https://a/', { https_proxy: 'http://low', HTTPS_PROXY: PROXY }), 'http://low/');
    assert.equal(proxied('https://a/', { https_proxy: '', HTTPS_PROXY: PROXY }), `${PROXY}/`);
    assert.equal(proxied('https://a/', { ALL_PROXY: PROXY }), `${PROXY}/`);
    assert.equal(proxied('https://a/', { HTTPS_PROXY: 'proxy:3128' }), `${PROXY}/`);
    assert.equal(proxied('https://127.0.0.1/', { HTTPS_PROXY: PROXY }), `${PROXY}/`);
  });

  test('a variable that names no http proxy is refused without its text', () => {
    assert.throws(
      () => proxied('https://a/', { HTTPS_PROXY: 'http://u:canary@:x' }),
      (thrown: Error) => {
        assert.match(thrown.message, /HTTPS_PROXY/);
        assert.doesNotMatch(thrown.message, /canary/);
        return true;
      },
    );
    assert.throws(() => proxied('https://a/', { HTTPS_PROXY: 'socks5://proxy:1080' }), /socks5/);
  });

  test('a user in its URL becomes a header', () => {
    assert.equal(proxyAuthorization(new URL('http://u%40x:p%3A@proxy')), `Basic ${btoa('u@x:p:')}`);
    assert.equal(proxyAuthorization(new URL(PROXY)), undefined);
  });
});

describe('no_proxy', () => {
  for (const [list, url, isExempt] of [
    ['*', 'https://a/', true],
    ['a', 'https://a/', true],
    ['a', 'https://b.a/', true],
    ['a', 'https://ba/', false],
    ['.a', 'https://b.a/', true],
    ['.a', 'https://a/', true],
    ['*.a', 'https://c.b.a/', true],
    ['A.Example', 'https://a.example/', true],
    ['x, a.example ,y', 'https://a.example/', true],
    ['x a.example', 'https://a.example/', true],
    ['a:8443', 'https://a:8443/', true],
    ['a:8443', 'https://a/', false],
    ['a:443', 'https://a/', true],
    ['127.0.0.1', 'http://127.0.0.1:9000/', true],
    ['127.0.0.0/8', 'http://127.0.0.1:9000/', true],
    ['10.0.0.0/8', 'http://127.0.0.1:9000/', false],
    ['10.0.0.0/99', 'http://10.0.0.1/', false],
    ['0.0.1', 'http://127.0.0.1:9000/', false],
    ['::1', 'http://[::1]:9000/', true],
    ['[::1]:9000', 'http://[::1]:9000/', true],
    ['[::1]:9001', 'http://[::1]:9000/', false],
    ['fd00::/8', 'http://[fd00::1]/', true],
    ['', 'https://a/', false],
  ] as const) {
    test(`"${list}" ${isExempt ? 'exempts' : 'does not exempt'} ${url}`, () => {
      const env = { HTTPS_PROXY: PROXY, HTTP_PROXY: PROXY, NO_PROXY: list };
      assert.equal(proxied(url, env) === undefined, isExempt);
    });
  }
});

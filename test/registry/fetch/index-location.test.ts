// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the form of references in config.yaml
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import { addressOf } from '../../../src/registry/cache/address.ts';
import { indexUrl, localPathOf, resolveIndexLocation } from '../../../src/registry/fetch/index-location.ts';

const tools = { variables: { TOKEN: 's3cret/x', HOST: 'inner.example' }, workingDirectory: '/work dir' };

describe('the address of an index', () => {
  const rows = [
    { claim: 'a path is relative to the working directory', place: 'i.json', want: 'file:///work%20dir/i.json' },
    { claim: 'a path with a colon is a path', place: 'a:b/i.json', want: 'file:///work%20dir/a:b/i.json' },
    { claim: 'a URL is brought into normal form', place: 'HTTPS://H.example/a/../i', want: 'https://h.example/i' },
    { claim: 'a login is kept for who connects', place: 'https://ada:pw@h/i', want: 'https://ada:pw@h/i' },
  ];
  for (const { claim, place, want } of rows) {
    test(claim, () => assert.equal(indexUrl(place, tools.workingDirectory).reveal(), want));
  }

  test('of another kind is refused, without its login', () => {
    assert.throws(() => indexUrl('ftp://ada:pw@h/i', '/'), {
      code: 'INVALID_CONFIG',
      message: "'ftp://h/i' cannot be the URL of an index: an index cannot be had by ftp.",
    });
    assert.throws(() => indexUrl('https://ada:pw@/i', '/'), /^InvalidIndexUrl: '(?!.*pw).*it is not a URL/);
  });

  test('of a file on another machine has no path here', () => {
    assert.throws(() => localPathOf(indexUrl('file:///a%2Fb', '/')), { code: 'INVALID_CONFIG' });
  });
});

describe('what is secret in an address is in nothing that is shown', () => {
  const shown = (...things: unknown[]) => `${things.join(' ')} ${JSON.stringify(things)} ${inspect(things)}`;

  test('of its own', () => {
    const setting = { url: 'https://ada:pw@${HOST}/${TOKEN}/i.json', headers: {} };
    const { base, place } = addressOf(setting, { mirrors: {} }, tools);
    assert.equal(place.url.reveal(), 'https://ada:pw@inner.example/s3cret/x/i.json');
    assert.doesNotMatch(shown(base, place.url), /s3cret|pw|inner/);
  });

  test('of its mirror, and what went over to that', () => {
    const mirrors = { 'https://h/': 'https://m.example/${TOKEN}/' };
    const { place } = addressOf({ url: 'https://h/${HOST}/i.json', headers: {} }, { mirrors }, tools);
    assert.equal(place.url.reveal(), 'https://m.example/s3cret/x/inner.example/i.json');
    assert.equal(`${place.url}`, 'https://m.example/${TOKEN}/${HOST}/i.json');
    const named = resolveIndexLocation(indexUrl('https://h/i.json', '/'), mirrors, tools);
    assert.deepEqual([`${named.url}`, named.mirrored], ['https://m.example/${TOKEN}/i.json', true]);
  });

  test('and yet another value of a variable is another index', () => {
    const keyOf = (TOKEN: string) =>
      addressOf({ url: 'https://h/${TOKEN}', headers: {} }, { mirrors: {} }, { ...tools, variables: { TOKEN } })
        .identity;
    assert.notEqual(keyOf('a').key, keyOf('b').key);
    assert.equal(keyOf('a').url, 'https://h/${TOKEN}');
  });
});

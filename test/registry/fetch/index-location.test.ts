// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the form of references in settings.yaml
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import { addressOf } from '../../../src/registry/cache/address.ts';
import { indexUrl, localPathOf, resolveIndexLocation } from '../../../src/registry/fetch/index-location.ts';

const tools = { variables: { TOKEN: 's3cret/x', HOST: 'inner.example' }, workingDirectory: '/work dir' };

describe('indexUrl', () => {
  const rows = [
    {
      title: 'a path is resolved against the working directory',
      location: 'i.json',
      want: 'file:///work%20dir/i.json',
    },
    { title: 'a path may contain a colon', location: 'a:b/i.json', want: 'file:///work%20dir/a:b/i.json' },
    { title: 'a URL is normalized', location: 'HTTPS://H.example/a/../i', want: 'https://h.example/i' },
    {
      title: 'credentials are retained for the connection',
      location: 'https://ada:pw@h/i',
      want: 'https://ada:pw@h/i',
    },
  ];
  for (const { title, location, want } of rows) {
    test(`indexUrl: ${title}`, () => assert.equal(indexUrl(location, tools.workingDirectory).reveal(), want));
  }

  test('indexUrl: an unsupported scheme is refused without showing credentials', () => {
    assert.throws(() => indexUrl('ftp://ada:pw@h/i', '/'), {
      code: 'INVALID_CONFIG',
      message: "'ftp://h/i' cannot be the URL of an index: an index cannot be downloaded over ftp.",
    });
    assert.throws(() => indexUrl('https://ada:pw@/i', '/'), /^InvalidIndexUrl: '(?!.*pw).*it is not a valid URL/);
  });

  test('localPathOf: a file URL with an encoded separator is refused', () => {
    assert.throws(() => localPathOf(indexUrl('file:///a%2Fb', '/')), { code: 'INVALID_CONFIG' });
  });
});

describe('addressOf: secrets', () => {
  const display = (...values: unknown[]) => `${values.join(' ')} ${JSON.stringify(values)} ${inspect(values)}`;

  test('addressOf: variables and credentials of a URL are not displayed', () => {
    const setting = { url: 'https://ada:pw@${HOST}/${TOKEN}/i.json', headers: {} };
    const { base, location } = addressOf(setting, { mirrors: {} }, tools);
    assert.equal(location.url.reveal(), 'https://ada:pw@inner.example/s3cret/x/i.json');
    assert.doesNotMatch(display(base, location.url), /s3cret|pw|inner/);
  });

  test('addressOf: variables of a mirror and of the mirrored URL are not displayed', () => {
    const mirrors = { 'https://h/': 'https://m.example/${TOKEN}/' };
    const { location } = addressOf({ url: 'https://h/${HOST}/i.json', headers: {} }, { mirrors }, tools);
    assert.equal(location.url.reveal(), 'https://m.example/s3cret/x/inner.example/i.json');
    assert.equal(`${location.url}`, 'https://m.example/${TOKEN}/${HOST}/i.json');
    const named = resolveIndexLocation(indexUrl('https://h/i.json', '/'), mirrors, tools);
    assert.deepEqual([`${named.url}`, named.mirrored], ['https://m.example/${TOKEN}/i.json', true]);
  });

  test('addressOf: another value of a variable gives another cache key', () => {
    const keyOf = (TOKEN: string) =>
      addressOf({ url: 'https://h/${TOKEN}', headers: {} }, { mirrors: {} }, { ...tools, variables: { TOKEN } })
        .identity;
    assert.notEqual(keyOf('a').key, keyOf('b').key);
    assert.equal(keyOf('a').url, 'https://h/${TOKEN}');
  });
});

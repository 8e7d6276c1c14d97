// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the form of references in settings.yaml
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { addressOf } from '../../../src/registry/cache/address.ts';

const SECRET = 's3cr3t';

function keyOf(
  url: string,
  headers: Readonly<Record<string, string>> = {},
  mirrors: Record<string, string> = {},
): string {
  const tools = { variables: { TOKEN: SECRET, EMPTY: '' }, workingDirectory: '/work' };
  return addressOf({ url, headers }, { mirrors }, tools).identity.key;
}

describe('index cache key', () => {
  for (const [title, url, key] of [
    ['a URL', 'https://a.example/index.json', 'https://a.example/index.json https://a.example/index.json'],
    ['a path', '/packs/index.json', '/packs/index.json file:///packs/index.json'],
    ['a relative path', 'index.json', 'index.json file:///work/index.json'],
  ] as const) {
    test(`index cache key: ${title} without secrets is readable`, () => assert.equal(keyOf(url), key));
  }

  for (const [title, key] of [
    ['credentials', keyOf(`https://me:${SECRET}@a.example/index.json`)],
    ['a query', keyOf(`https://a.example/index.json?key=${SECRET}`)],
    ['a fragment', keyOf(`https://a.example/index.json#${SECRET}`)],
    ['a variable', keyOf('https://a.example/${TOKEN}/index.json')],
    ['a header', keyOf('https://a.example/index.json', { 'X-Key': SECRET })],
    [
      'a mirror with a variable',
      keyOf('https://a.example/index.json', {}, { 'https://a.example/': 'https://m.example/${TOKEN}/' }),
    ],
    [
      'a mirror with credentials',
      keyOf('https://a.example/index.json', {}, { 'https://a.example/': `https://me:${SECRET}@m.example/` }),
    ],
  ] as const) {
    test(`index cache key: a URL with ${title} is hashed`, () => assert.match(key, /^[0-9a-f]{64}$/));
  }

  test('index cache key: URLs, mirrors and headers that may lead to other content have different keys', () => {
    const mirror = { 'https://a.example/': 'https://m.example/' };
    const keys = [
      keyOf('https://a.example/index.json'),
      keyOf('https://a.example/other.json'),
      keyOf('https://a.example/index.json', {}, mirror),
      keyOf('https://m.example/index.json'),
      keyOf('https://a.example/index.json?a=1'),
      keyOf('https://a.example/index.json?a=2'),
      keyOf('https://a.example/index.json', { 'X-Key': '1' }),
      keyOf('https://a.example/index.json', { 'X-Key': '2' }),
    ];
    assert.equal(new Set(keys).size, keys.length);
  });
});

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the form of references in config.yaml
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { redactVariables, expandVariables } from '../../src/config/variables.ts';

const variables = { TOKEN: 's3cret value', HOST: 'a.example', EMPTY: '', NESTED: '${TOKEN}', DOLLAR: '$&$1' };

describe('a setting is expanded', () => {
  const rows = [
    {
      claim: 'without a reference it stays as it is',
      text: 'Bearer $TOKEN {TOKEN} $ {',
      want: 'Bearer $TOKEN {TOKEN} $ {',
    },
    { claim: 'a reference is replaced', text: 'https://${HOST}/', want: 'https://a.example/' },
    { claim: 'so are several', text: '${HOST}${HOST}:${TOKEN}', want: 'a.examplea.example:s3cret value' },
    { claim: 'an empty value is a value', text: '[${EMPTY}]', want: '[]' },
    { claim: 'a value is not expanded again', text: '${NESTED}', want: '${TOKEN}' },
    { claim: 'a value is not a pattern', text: '<${DOLLAR}>', want: '<$&$1>' },
  ];
  for (const { claim, text, want } of rows) test(claim, () => assert.equal(expandVariables(text, variables), want));
});

test('every variable that is not set is named', () => {
  assert.throws(() => expandVariables('${A}/${HOST}/${B}/${A}', variables), {
    code: 'INVALID_CONFIG',
    message: "Cannot use the setting '${A}/${HOST}/${B}/${A}': ${A}, ${B} is not set in the environment.",
    facts: { setting: '${A}/${HOST}/${B}/${A}', variables: ['A', 'B'] },
  });
});

test('names that every object has are not variables', () => {
  assert.throws(() => expandVariables('${constructor}', variables), { code: 'INVALID_CONFIG' });
});

for (const text of ['${}', '${A-B}', '${TOKEN:-x}', '${1}']) {
  test(`${text} is refused rather than sent as it is`, () => {
    assert.throws(() => expandVariables(text, variables), /is not the name of a variable/);
  });
}

test('values are turned back, however they are encoded', () => {
  const template = 'https://${HOST}/?t=${TOKEN}';
  const text = 'a.example said: s3cret value, s3cret%20value';
  assert.equal(redactVariables(text, template, variables), '${HOST} said: ${TOKEN}, ${TOKEN}');
  assert.equal(redactVariables('unchanged', '${EMPTY}${UNSET}', variables), 'unchanged');
});

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: settings.yaml refers to variables in this form
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { expandVariables, redactVariables } from '../../src/config/variables.ts';

const variables = { TOKEN: 's3cret value', HOST: 'a.example', EMPTY: '', NESTED: '${TOKEN}', DOLLAR: '$&$1' };

describe('expandVariables', () => {
  const rows = [
    {
      claim: 'a setting without references is unchanged',
      text: 'Bearer $TOKEN {TOKEN} $ {',
      want: 'Bearer $TOKEN {TOKEN} $ {',
    },
    { claim: 'a reference is replaced', text: 'https://${HOST}/', want: 'https://a.example/' },
    {
      claim: 'several references are replaced',
      text: '${HOST}${HOST}:${TOKEN}',
      want: 'a.examplea.example:s3cret value',
    },
    { claim: 'an empty value is accepted', text: '[${EMPTY}]', want: '[]' },
    { claim: 'a value is not expanded again', text: '${NESTED}', want: '${TOKEN}' },
    { claim: 'a value is not a replacement pattern', text: '<${DOLLAR}>', want: '<$&$1>' },
  ];
  for (const { claim, text, want } of rows) test(claim, () => assert.equal(expandVariables(text, variables), want));
});

test('expandVariables: all variables that are not set are reported', () => {
  assert.throws(() => expandVariables('${A}/${HOST}/${B}/${A}', variables), {
    code: 'INVALID_CONFIG',
    message: "Cannot use the setting '${A}/${HOST}/${B}/${A}': ${A}, ${B} is not set in the environment.",
    facts: { setting: '${A}/${HOST}/${B}/${A}', variables: ['A', 'B'] },
  });
});

test('expandVariables: properties of Object.prototype are not variables', () => {
  assert.throws(() => expandVariables('${constructor}', variables), { code: 'INVALID_CONFIG' });
});

for (const text of ['${}', '${A-B}', '${TOKEN:-x}', '${1}']) {
  test(`expandVariables: ${text} is rejected instead of being left unexpanded`, () => {
    assert.throws(() => expandVariables(text, variables), /is not a valid variable name/);
  });
}

test('redactVariables: values are replaced by their references, even when they are encoded', () => {
  const template = 'https://${HOST}/?t=${TOKEN}';
  const text = 'a.example said: s3cret value, s3cret%20value';
  assert.equal(redactVariables(text, template, variables), '${HOST} said: ${TOKEN}, ${TOKEN}');
  assert.equal(redactVariables('unchanged', '${EMPTY}${UNSET}', variables), 'unchanged');
});

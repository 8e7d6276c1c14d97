import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ManifestDependencies } from '../../../src/packs/manifest/types.ts';
import { parseRuntime } from '../../../src/resolver/runtimes/check-runtimes.ts';
import { acceptsAttune, declaredRuntimes } from '../../../src/resolver/runtimes/declared-versions.ts';

const none: ManifestDependencies = {
  attuneVersion: undefined,
  pythonVersion: undefined,
  nodejsVersion: undefined,
  packs: [],
};

describe('the versions that a pack declares for its runtimes', () => {
  const rows: { claim: string; declared: Partial<ManifestDependencies>; want: string[] }[] = [
    { claim: 'are nothing where nothing is declared', declared: {}, want: [] },
    {
      claim: 'are the least where they are bare',
      declared: { pythonVersion: '3.9', nodejsVersion: '18' },
      want: ['python3>=3.9', 'nodejs>=18'],
    },
    {
      claim: 'stay constraints',
      declared: { pythonVersion: '>=3.8,<4', nodejsVersion: '^20' },
      want: ['python3>=3.8,<4', 'nodejs^20'],
    },
    { claim: 'stay exact with an equals sign', declared: { pythonVersion: '==3.9.1' }, want: ['python3==3.9.1'] },
    { claim: 'lose the blanks around them', declared: { pythonVersion: ' 3.9 ' }, want: ['python3>=3.9'] },
    { claim: 'may be any', declared: { nodejsVersion: '*' }, want: ['nodejs*'] },
    { claim: 'may be wildcards', declared: { pythonVersion: '3.x' }, want: ['python3=3.x'] },
  ];
  for (const { claim, declared, want } of rows) {
    test(claim, () => {
      const runtimes = declaredRuntimes({ ...none, ...declared });
      assert.deepEqual(runtimes, want);
      for (const runtime of runtimes) assert.ok(parseRuntime(runtime).constraint);
    });
  }
});

describe('this attune is accepted', () => {
  const rows: { attune: string | undefined; own: string; want: boolean }[] = [
    { attune: undefined, own: '0.1.0', want: true },
    { attune: '0.1.0', own: '0.1.0', want: true },
    { attune: '0.1', own: '1.0.0', want: true },
    { attune: '1.0.0', own: '0.9.0', want: false },
    { attune: '>=1.0.0', own: '0.9.0', want: false },
    { attune: '^1', own: '1.4.0', want: true },
    { attune: '^1', own: '2.0.0', want: false },
    { attune: '=1.0.0', own: '1.0.1', want: false },
    { attune: '>=1.0.0', own: '1.0.0-rc.1', want: true },
    { attune: '*', own: '0.0.1-dev', want: true },
  ];
  for (const { attune, own, want } of rows) {
    test(`${own} ${want ? 'by' : 'not by'} ${attune ?? 'a pack that does not care'}`, () => {
      assert.equal(acceptsAttune({ ...none, attuneVersion: attune }, own), want);
    });
  }

  test('or the declared version is refused', () => {
    assert.throws(() => acceptsAttune({ ...none, attuneVersion: 'new' }, '1.0.0'), { code: 'INVALID_CONSTRAINT' });
  });
});

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

describe('declaredRuntimes', () => {
  const rows: { title: string; declared: Partial<ManifestDependencies>; want: string[] }[] = [
    { title: 'no declaration gives no runtimes', declared: {}, want: [] },
    {
      title: 'a bare version is a minimum',
      declared: { pythonVersion: '3.9', nodejsVersion: '18' },
      want: ['python3>=3.9', 'nodejs>=18'],
    },
    {
      title: 'a constraint is unchanged',
      declared: { pythonVersion: '>=3.8,<4', nodejsVersion: '^20' },
      want: ['python3>=3.8,<4', 'nodejs^20'],
    },
    { title: 'an exact version is unchanged', declared: { pythonVersion: '==3.9.1' }, want: ['python3==3.9.1'] },
    { title: 'surrounding spaces are removed', declared: { pythonVersion: ' 3.9 ' }, want: ['python3>=3.9'] },
    { title: 'any version is accepted', declared: { nodejsVersion: '*' }, want: ['nodejs*'] },
    { title: 'a wildcard is an equality', declared: { pythonVersion: '3.x' }, want: ['python3=3.x'] },
  ];
  for (const { title, declared, want } of rows) {
    test(`declaredRuntimes: ${title}`, () => {
      const runtimes = declaredRuntimes({ ...none, ...declared });
      assert.deepEqual(runtimes, want);
      for (const runtime of runtimes) assert.ok(parseRuntime(runtime).constraint);
    });
  }
});

describe('acceptsAttune', () => {
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
    test(`acceptsAttune: ${own} ${want ? 'satisfies' : 'does not satisfy'} ${attune ?? 'a missing declaration'}`, () => {
      assert.equal(acceptsAttune({ ...none, attuneVersion: attune }, own), want);
    });
  }

  test('acceptsAttune: an invalid declaration fails with INVALID_CONSTRAINT', () => {
    assert.throws(() => acceptsAttune({ ...none, attuneVersion: 'new' }, '1.0.0'), { code: 'INVALID_CONSTRAINT' });
  });
});

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { BuildDirectories } from '../../../src/store/environments/environments.ts';
import { type StoredEnvironment, unusedEnvironments } from '../../../src/store/environments/stored-environments.ts';
import { openStore } from '../../support/store.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const SPEC = { ref: 'demo', digest: '0123456789abcdef', kind: 'python', files: ['requirements.txt'] };

function environmentsOf(test: TestContext, options: Parameters<typeof openStore>[1] = {}) {
  const data = join(temporaryDirectory(test), 'data');
  const store = openStore(data, options);
  test.after(() => store[Symbol.dispose]());
  return { data, environments: store.environments(), root: join(data, 'envs') };
}

async function build({ staging }: BuildDirectories): Promise<void> {
  mkdirSync(join(staging, 'bin'));
  writeFileSync(join(staging, 'bin', 'tool'), '12345');
}

test('environments: an environment is built once and then reused', async (t) => {
  const { environments, root, data } = environmentsOf(t);
  const started = Date.now();
  let built = 0;
  const once = async (directories: BuildDirectories) => {
    built += 1;
    assert.ok(!existsSync(directories.final) && directories.staging.startsWith(join(data, 'staging')));
    assert.deepEqual([readdirSync(directories.staging), readdirSync(directories.scratch)], [[], []]);
    await build(directories);
  };
  using first = await environments.obtain(SPEC, once);
  using second = await environments.obtain(SPEC, once);
  assert.equal(first.path, join(root, 'demo', SPEC.digest));
  assert.deepEqual([first.reused, second.reused, built], [false, true, 1]);
  assert.deepEqual(readdirSync(first.path).sort(), ['bin', 'environment.json']);
  assert.deepEqual(readdirSync(join(data, 'staging')), []);
  const [stored] = environments.list();
  assert.deepEqual(
    [stored?.ref, stored?.digest, stored?.kind, stored?.path],
    ['demo', SPEC.digest, 'python', first.path],
  );
  assert.ok(stored && stored.bytes > 5 && stored.usedAt.getTime() >= started - 1000);
});

/** Returns a promise with its resolver. */
function signal(): { readonly received: Promise<void>; readonly send: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { received: promise, send: resolve };
}

test('environments: of several concurrent requests for one environment, one builds it and all get it', async (t) => {
  let waiting = 0;
  const allWaiting = signal();
  const onNote = () => {
    waiting += 1;
    if (waiting === 7) allWaiting.send();
  };
  const { environments } = environmentsOf(t, { onNote });
  let built = 0;
  const slowBuild = async (directories: BuildDirectories) => {
    built += 1;
    await allWaiting.received;
    await build(directories);
  };
  const leases = await Promise.all(Array.from({ length: 8 }, () => environments.obtain(SPEC, slowBuild)));
  assert.equal(built, 1);
  assert.equal(leases.filter(({ reused }) => !reused).length, 1);
  for (const lease of leases) lease[Symbol.dispose]();
});

test('environments: a failed build leaves no files, and a waiting request builds instead', async (t) => {
  const otherWaits = signal();
  const { environments, data } = environmentsOf(t, { onNote: otherWaits.send });
  let builds = 0;
  const failFirst = async (directories: BuildDirectories) => {
    builds += 1;
    await build(directories);
    await otherWaits.received;
    if (builds === 1) throw new Error('no luck');
  };
  const [failed, lease] = await Promise.allSettled([
    environments.obtain(SPEC, failFirst),
    environments.obtain(SPEC, failFirst),
  ]);
  assert.equal(failed.status, 'rejected');
  assert.ok(lease.status === 'fulfilled' && !lease.value.reused);
  lease.value[Symbol.dispose]();
  await assert.rejects(
    environments.obtain({ ...SPEC, ref: 'other' }, () => Promise.reject(new Error('none'))),
    /none/,
  );
  assert.deepEqual(readdirSync(join(data, 'envs')), ['demo']);
  assert.deepEqual(readdirSync(join(data, 'staging')), []);
});

test('environments: a request that waits longer than the lock timeout fails with the holder', async (t) => {
  const { environments } = environmentsOf(t, { lockTimeoutMs: 0 });
  const rejected = signal();
  const first = environments.obtain(SPEC, async (directories) => {
    await rejected.received;
    await build(directories);
  });
  await assert.rejects(environments.obtain(SPEC, build), {
    code: 'STORE_LOCKED',
    message: /writing to the python environment of demo \(process \d+ on here/,
  });
  rejected.send();
  (await first)[Symbol.dispose]();
});

test('environments: an environment in use is not removed, and others are removed completely', async (t) => {
  const { environments, root } = environmentsOf(t);
  const lease = await environments.obtain(SPEC, build);
  const other = await environments.obtain({ ...SPEC, digest: 'fedcba9876543210' }, build);
  other[Symbol.dispose]();
  const stored = environments.list();
  assert.deepEqual(environments.remove(stored), {
    removed: stored.filter(({ path }) => path === other.path),
    inUse: stored.filter(({ path }) => path === lease.path),
  });
  environments.removeAllOf(['demo', 'never-installed']);
  assert.ok(existsSync(lease.path));
  lease[Symbol.dispose]();
  environments.removeAllOf(['demo']);
  assert.ok(!existsSync(root));
});

test('environments: a removed environment is built again', async (t) => {
  const { environments } = environmentsOf(t);
  (await environments.obtain(SPEC, build))[Symbol.dispose]();
  environments.removeAllOf(['demo']);
  using lease = await environments.obtain(SPEC, build);
  assert.ok(!lease.reused && existsSync(join(lease.path, 'bin', 'tool')));
});

test('environments: unknown directories are listed with an unknown kind, and files are ignored', async (t) => {
  const { environments, root } = environmentsOf(t);
  (await environments.obtain(SPEC, build))[Symbol.dispose]();
  mkdirSync(join(root, 'odd', 'empty'), { recursive: true });
  writeFileSync(join(root, 'file'), '');
  const found = environments.list().map(({ ref, digest, kind }) => [ref, digest, kind]);
  assert.deepEqual(found, [
    ['demo', SPEC.digest, 'python'],
    ['odd', 'empty', 'unknown'],
  ]);
});

test('environments: the time of last use is that of the latest lease', async (t) => {
  const { environments } = environmentsOf(t);
  const lease = await environments.obtain(SPEC, build);
  const old = new Date('2001-02-03T04:05:06Z');
  utimesSync(join(lease.path, 'environment.json'), old, old);
  assert.deepEqual(environments.list()[0]?.usedAt, old);
  (await environments.obtain(SPEC, build))[Symbol.dispose]();
  lease[Symbol.dispose]();
  assert.notDeepEqual(environments.list()[0]?.usedAt, old);
});

interface UnusedRow {
  readonly claim: string;
  readonly stored: readonly [ref: string, kind: string, day: number][];
  readonly usedBefore?: number;
  /** Indexes in `stored`. */
  readonly want: readonly number[];
}

const UNUSED: UnusedRow[] = [
  { claim: 'the only one of an installed pack is used', stored: [['a', 'python', 1]], want: [] },
  {
    claim: 'two of different kinds are used',
    stored: [
      ['a', 'python', 1],
      ['a', 'node', 2],
    ],
    want: [],
  },
  {
    claim: 'of two of a kind the one used first is unused',
    stored: [
      ['a', 'python', 1],
      ['a', 'python', 2],
    ],
    want: [0],
  },
  {
    claim: 'one of a pack that is not installed is unused',
    stored: [
      ['b', 'python', 9],
      ['a', 'python', 1],
    ],
    want: [0],
  },
  {
    claim: 'one that was last used before the limit is unused',
    stored: [
      ['a', 'python', 1],
      ['a', 'node', 5],
    ],
    usedBefore: 4,
    want: [0],
  },
];

for (const { claim, stored, usedBefore, want } of UNUSED) {
  test(`unusedEnvironments: ${claim}`, () => {
    const day = (number: number) => new Date(Date.UTC(2026, 0, number));
    const all = stored.map<StoredEnvironment>(([ref, kind, used], index) => ({
      ...{ ref, kind, digest: String(index), path: `/envs/${ref}/${index}`, bytes: 1, usedAt: day(used) },
    }));
    const use = { installed: new Set(['a']), usedBefore: usedBefore === undefined ? undefined : day(usedBefore) };
    assert.deepEqual(
      unusedEnvironments(all, use),
      want.map((index) => all[index]),
    );
  });
}

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { EnvironmentPlace } from '../../../src/store/environments/environments.ts';
import { type KeptEnvironment, unusedEnvironments } from '../../../src/store/environments/kept-environments.ts';
import { openStore } from '../../support/store.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const WANTED = { ref: 'demo', digest: '0123456789abcdef', kind: 'python', files: ['requirements.txt'] };

function shelfOf(test: TestContext, options: { lockTimeoutMs?: number } = {}) {
  const data = join(temporaryDirectory(test), 'data');
  const store = openStore(data, options);
  test.after(() => store[Symbol.dispose]());
  return { data, shelf: store.environments(), envs: join(data, 'envs') };
}

async function build({ staging }: EnvironmentPlace): Promise<void> {
  mkdirSync(join(staging, 'bin'));
  writeFileSync(join(staging, 'bin', 'tool'), '12345');
}

test('an environment stands where it is asked for, whole, and is not built again', async (t) => {
  const { shelf, envs, data } = shelfOf(t);
  let built = 0;
  const once = async (place: EnvironmentPlace) => {
    built += 1;
    assert.ok(!existsSync(place.final) && place.staging.startsWith(join(data, 'staging')));
    assert.deepEqual([readdirSync(place.staging), readdirSync(place.scratch)], [[], []]);
    await build(place);
  };
  using first = await shelf.obtain(WANTED, once);
  using second = await shelf.obtain(WANTED, once);
  assert.equal(first.path, join(envs, 'demo', WANTED.digest));
  assert.deepEqual([first.reused, second.reused, built], [false, true, 1]);
  assert.deepEqual(readdirSync(first.path).sort(), ['bin', 'environment.json']);
  assert.deepEqual(readdirSync(join(data, 'staging')), []);
  const [kept] = shelf.list();
  assert.deepEqual([kept?.ref, kept?.digest, kept?.kind, kept?.path], ['demo', WANTED.digest, 'python', first.path]);
  assert.ok(kept && kept.bytes > 5 && Date.now() - kept.usedAt.getTime() < 60_000);
});

test('of many who want the same at once one builds, and all get it', async (t) => {
  const { shelf } = shelfOf(t);
  let built = 0;
  const slowly = async (place: EnvironmentPlace) => {
    built += 1;
    await new Promise((resolve) => setTimeout(resolve, 50));
    await build(place);
  };
  const leases = await Promise.all(Array.from({ length: 8 }, () => shelf.obtain(WANTED, slowly)));
  assert.equal(built, 1);
  assert.equal(leases.filter(({ reused }) => !reused).length, 1);
  for (const lease of leases) lease[Symbol.dispose]();
});

test('a build that fails leaves nothing, and whoever waited for it builds', async (t) => {
  const { shelf, data } = shelfOf(t);
  let tries = 0;
  const secondTime = async (place: EnvironmentPlace) => {
    tries += 1;
    await build(place);
    await new Promise((resolve) => setTimeout(resolve, 30));
    if (tries === 1) throw new Error('no luck');
  };
  const [failed, lease] = await Promise.allSettled([
    shelf.obtain(WANTED, secondTime),
    shelf.obtain(WANTED, secondTime),
  ]);
  assert.equal(failed.status, 'rejected');
  assert.ok(lease.status === 'fulfilled' && !lease.value.reused);
  lease.value[Symbol.dispose]();
  await assert.rejects(
    shelf.obtain({ ...WANTED, ref: 'other' }, () => Promise.reject(new Error('none'))),
    /none/,
  );
  assert.deepEqual(readdirSync(join(data, 'envs')), ['demo']);
  assert.deepEqual(readdirSync(join(data, 'staging')), []);
});

test('who waits for longer than the lock allows is told for whom', async (t) => {
  const { shelf } = shelfOf(t, { lockTimeoutMs: 80 });
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const first = shelf.obtain(WANTED, async (place) => {
    await held;
    await build(place);
  });
  await assert.rejects(shelf.obtain(WANTED, build), {
    code: 'STORE_LOCKED',
    message: /writing to the python environment of demo \(process \d+ on here/,
  });
  release();
  (await first)[Symbol.dispose]();
});

test('what is in use is not taken away, and what is not goes as a whole', async (t) => {
  const { shelf, envs } = shelfOf(t);
  const lease = await shelf.obtain(WANTED, build);
  const other = await shelf.obtain({ ...WANTED, digest: 'fedcba9876543210' }, build);
  other[Symbol.dispose]();
  const kept = shelf.list();
  assert.deepEqual(shelf.remove(kept), {
    removed: kept.filter(({ path }) => path === other.path),
    inUse: kept.filter(({ path }) => path === lease.path),
  });
  shelf.forget(['demo', 'never-there']);
  assert.ok(existsSync(lease.path));
  lease[Symbol.dispose]();
  shelf.forget(['demo']);
  assert.ok(!existsSync(envs));
});

test('an environment that was taken away between two uses is built again', async (t) => {
  const { shelf } = shelfOf(t);
  (await shelf.obtain(WANTED, build))[Symbol.dispose]();
  shelf.forget(['demo']);
  using lease = await shelf.obtain(WANTED, build);
  assert.ok(!lease.reused && existsSync(join(lease.path, 'bin', 'tool')));
});

test('what others left among the environments is listed for what it is, and disturbs nobody', async (t) => {
  const { shelf, envs } = shelfOf(t);
  (await shelf.obtain(WANTED, build))[Symbol.dispose]();
  mkdirSync(join(envs, 'odd', 'empty'), { recursive: true });
  writeFileSync(join(envs, 'file'), '');
  const found = shelf.list().map(({ ref, digest, kind }) => [ref, digest, kind]);
  assert.deepEqual(found, [
    ['demo', WANTED.digest, 'python'],
    ['odd', 'empty', 'unknown'],
  ]);
});

test('use is told by time', async (t) => {
  const { shelf } = shelfOf(t);
  const lease = await shelf.obtain(WANTED, build);
  const long = new Date('2001-02-03T04:05:06Z');
  utimesSync(join(lease.path, 'environment.json'), long, long);
  assert.deepEqual(shelf.list()[0]?.usedAt, long);
  (await shelf.obtain(WANTED, build))[Symbol.dispose]();
  lease[Symbol.dispose]();
  assert.notDeepEqual(shelf.list()[0]?.usedAt, long);
});

interface UnusedRow {
  readonly claim: string;
  readonly kept: readonly [ref: string, kind: string, day: number][];
  readonly usedBefore?: number;
  /** Positions in `kept`. */
  readonly want: readonly number[];
}

const UNUSED: UnusedRow[] = [
  { claim: 'of an installed pack the one is used', kept: [['a', 'python', 1]], want: [] },
  {
    claim: 'of two kinds both are',
    kept: [
      ['a', 'python', 1],
      ['a', 'node', 2],
    ],
    want: [],
  },
  {
    claim: 'of two of a kind the one that was used last is',
    kept: [
      ['a', 'python', 1],
      ['a', 'python', 2],
    ],
    want: [0],
  },
  {
    claim: 'what is of no installed pack is not',
    kept: [
      ['b', 'python', 9],
      ['a', 'python', 1],
    ],
    want: [0],
  },
  {
    claim: 'what was not used for long is not',
    kept: [
      ['a', 'python', 1],
      ['a', 'node', 5],
    ],
    usedBefore: 4,
    want: [0],
  },
];

for (const { claim, kept, usedBefore, want } of UNUSED) {
  test(`which environments are used: ${claim}`, () => {
    const day = (number: number) => new Date(Date.UTC(2026, 0, number));
    const all = kept.map<KeptEnvironment>(([ref, kind, used], at) => ({
      ...{ ref, kind, digest: String(at), path: `/envs/${ref}/${at}`, bytes: 1, usedAt: day(used) },
    }));
    const use = { installed: new Set(['a']), usedBefore: usedBefore === undefined ? undefined : day(usedBefore) };
    assert.deepEqual(
      unusedEnvironments(all, use),
      want.map((at) => all[at]),
    );
  });
}

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { readYaml } from '../../../../src/documents/yaml/yaml.ts';
import { DEFAULT_LIMITS } from '../../../../src/limits.ts';
import { ownerMark } from '../../../../src/platform/files/temporary-sibling.ts';
import { FIXTURES, programCommand } from '../../../support/attune.ts';
import { type CliHarness, createCliHarness } from '../../../support/cli.ts';
import { entryOf, indexOf } from '../../../support/registry/index.ts';
import { packFiles } from '../../../support/registry/server.ts';
import { writeFiles } from '../../../support/store.ts';

const PUBLIC = join(FIXTURES, 'registry', 'public-index.json');
const SOURCE = ['-g', 'https://git.example/packs.git', '-r', 'v1'];
const ROOT = process.getuid?.() === 0;

interface Desk extends CliHarness {
  readonly index: string;
  pack(ref: string, version?: string): string;
  update(pack: string, ...flags: string[]): ReturnType<CliHarness['json']>;
  text(): string;
}

/** A harness with an index in it, and packs beside it. */
function desk(t: { after(clean: () => void): void }, content: string | undefined, name = 'index.json'): Desk {
  const harness = createCliHarness(t);
  const index = join(harness.directory, name);
  if (content !== undefined) writeFileSync(index, content);
  return {
    ...harness,
    index,
    pack(ref, version = '1.0.0') {
      writeFiles(join(harness.directory, ref), packFiles({ ref, version }));
      return `./${ref}`;
    },
    update: (pack, ...flags) => harness.json('pack', 'index-update', '--index', name, pack, ...SOURCE, ...flags),
    text: () => readFileSync(index, 'utf8'),
  };
}

const text = (...packs: unknown[]) => `${JSON.stringify(indexOf(...packs), null, 2)}\n`;
const UNTOUCHED = text(entryOf('apple'), entryOf('pear'));

describe('adding and replacing', () => {
  test('the public index with one pack more differs in that entry and in last_updated', async (t) => {
    const harness = desk(t, readFileSync(PUBLIC, 'utf8'));
    const { status, document } = await harness.update(harness.pack('hello'));
    assert.equal(status, 0);
    assert.match(document.checksum, /^sha256:[0-9a-f]{64}$/);
    assert.deepEqual(
      { ...document, checksum: '' },
      {
        success: true,
        index_file: 'index.json',
        pack_ref: 'hello',
        version: '1.0.0',
        previous_version: null,
        checksum: '',
        action: 'added',
        warnings: document.warnings,
      },
    );
    copyFileSync(PUBLIC, join(harness.directory, 'before.json'));
    const diff = execFileSync('sh', ['-c', 'diff before.json index.json || true'], {
      cwd: harness.directory,
    }).toString();
    const gone = diff.split('\n').filter((line) => line.startsWith('<'));
    const come = diff.split('\n').filter((line) => line.startsWith('>'));
    assert.deepEqual(gone, ['<   "last_updated": "2026-08-22T01:53:58Z",']);
    const entry = JSON.parse(harness.text()).packs.find(({ ref }: { ref: string }) => ref === 'hello');
    assert.equal(entry.install_sources[0].checksum, document.checksum);
    assert.equal(come.length, 1 + JSON.stringify(entry, null, 2).split('\n').length);
    const refs = JSON.parse(harness.text()).packs.map(({ ref }: { ref: string }) => ref);
    assert.deepEqual(refs, refs.toSorted());
  });

  test('the same pack again writes nothing, with and without --update', async (t) => {
    const harness = desk(t, UNTOUCHED);
    const pack = harness.pack('mango');
    await harness.update(pack);
    const before = { text: harness.text(), ...statSync(harness.index) };
    for (const flags of [[], ['--update'], ['--update', '--keep-releases'], ['--create']]) {
      const { status, document } = await harness.update(pack, ...flags);
      assert.deepEqual([status, document.action], [0, 'unchanged']);
    }
    const after = { text: harness.text(), ...statSync(harness.index) };
    assert.deepEqual([after.text, after.ino, after.mtimeMs], [before.text, before.ino, before.mtimeMs]);
    assert.deepEqual(readdirSync(harness.directory).sort(), ['index.json', 'mango']);
  });

  test('another version wants --update, and both versions are named', async (t) => {
    const harness = desk(t, UNTOUCHED);
    const pack = harness.pack('pear', '1.1.0');
    const refused = await harness.update(pack);
    assert.equal(refused.status, 5);
    assert.equal(refused.document.error.code, 'EXISTS_ENTRY');
    assert.match(refused.document.error.message, /already has 'pear' in version 1\.0\.0; the pack has version 1\.1\.0/);
    assert.match(refused.document.error.hint, /--update/);
    assert.equal(harness.text(), UNTOUCHED);
    const { document } = await harness.update(pack, '--update');
    assert.deepEqual([document.action, document.previous_version, document.version], ['updated', '1.0.0', '1.1.0']);
    assert.equal(document.warnings.length, refusedWarnings(refused.stderr));
    const [apple, pear] = JSON.parse(harness.text()).packs;
    assert.deepEqual(apple, entryOf('apple'));
    assert.equal(pear.version, '1.1.0');
    assert.equal(pear.releases, undefined);
  });

  test('the same version with other content says in what it differs', async (t) => {
    const harness = desk(t, UNTOUCHED);
    const { status, document } = await harness.update(harness.pack('pear'));
    assert.equal(status, 5);
    assert.match(
      document.error.message,
      /already has 'pear' 1\.0\.0, and the pack differs from it in label, .*install_sources/,
    );
  });

  test('going back is a warning, and --keep-releases keeps what is replaced', async (t) => {
    const harness = desk(t, text(entryOf('pear', { version: '2.0.0' })));
    const { status, document, stderr } = await harness.update(harness.pack('pear'), '--update', '--keep-releases');
    assert.equal(status, 0);
    assert.match(stderr, /'pear' goes back from 2\.0\.0 to 1\.0\.0/);
    assert.ok(document.warnings.some((warning: string) => warning.includes('goes back')));
    const [pear] = JSON.parse(harness.text()).packs;
    assert.deepEqual([pear.version, pear.releases[0].version], ['1.0.0', '2.0.0']);
  });

  test('what a person sees', async (t) => {
    const harness = desk(t, text(entryOf('pear')));
    const pack = harness.pack('pear', '1.1.0');
    const run = () =>
      harness.attune('pack', 'index-update', '--index', 'index.json', '--update', pack, ...SOURCE, '--quiet');
    assert.match(
      (await run()).stdout,
      /^✓ Pack 'pear' updated in index\.json\n {2}Version: 1\.1\.0 \(was 1\.0\.0\)\n {2}Checksum: sha256:[0-9a-f]{64}\n$/,
    );
    assert.match((await run()).stdout, /^✓ Pack 'pear' is unchanged in index\.json\n {2}Version: 1\.1\.0\n/);
  });
});

/** Each warning is a line of its own. */
function refusedWarnings(stderr: string): number {
  return stderr.split('\n').filter((line) => line.startsWith('Warning:')).length;
}

describe('a new index', () => {
  test('is made with --create, and an existing one is used', async (t) => {
    const harness = desk(t, undefined);
    const pack = harness.pack('mango');
    const missing = await harness.update(pack);
    assert.equal(missing.status, 4);
    assert.equal(missing.document.error.code, 'NOT_FOUND_INDEX');
    assert.match(missing.document.error.hint, /--create/);
    const flags = ['--create', '--registry-name', 'House', '--registry-url', 'https://packs.example'];
    assert.equal((await harness.update(pack, ...flags)).document.action, 'added');
    const made = JSON.parse(harness.text());
    assert.deepEqual(Object.keys(made), ['registry_name', 'registry_url', 'version', 'last_updated', 'packs']);
    assert.deepEqual([made.registry_name, made.registry_url, made.version], ['House', 'https://packs.example', '1.0']);
    assert.match(made.last_updated, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.equal(harness.text(), `${JSON.stringify(made, null, 2)}\n`);
    await harness.update(harness.pack('kiwi'), '--create', '--registry-name', 'Other');
    const grown = JSON.parse(harness.text());
    assert.deepEqual(
      grown.packs.map(({ ref }: { ref: string }) => ref),
      ['kiwi', 'mango'],
    );
    assert.equal(grown.registry_name, 'House');
  });

  test('in YAML where its name ends so', async (t) => {
    const harness = desk(t, undefined, 'index.yaml');
    await harness.update(harness.pack('mango'), '--create', '--registry-name', 'House', '--registry-url', 'https://h');
    writeFileSync(harness.index, `# ours\n${harness.text()}`);
    await harness.update(harness.pack('kiwi'));
    const { value } = readYaml(readFileSync(harness.index), 'index.yaml', DEFAULT_LIMITS);
    assert.deepEqual(
      (value as { packs: { ref: string }[] }).packs.map(({ ref }) => ref),
      ['kiwi', 'mango'],
    );
    assert.ok(harness.text().startsWith('# ours\nregistry_name: House\n'));
  });

  test('its directory has to be there', async (t) => {
    const harness = desk(t, undefined);
    const { status, document } = await harness.json(
      'pack',
      'index-update',
      '--index',
      'no/index.json',
      '--create',
      harness.pack('a'),
      ...SOURCE,
    );
    assert.equal(status, 4);
    assert.match(document.error.message, /'[^']*\/no'/);
  });
});

describe('the file itself', () => {
  test('keeps its mode, and a link to it stays a link', async (t) => {
    const harness = desk(t, undefined);
    const real = join(harness.directory, 'real.json');
    writeFileSync(real, UNTOUCHED);
    chmodSync(real, 0o640);
    symlinkSync('real.json', harness.index);
    await harness.update(harness.pack('mango'));
    assert.ok(lstatSync(harness.index).isSymbolicLink());
    assert.equal(statSync(real).mode & 0o777, 0o640);
    assert.equal(JSON.parse(readFileSync(real, 'utf8')).packs.length, 3);
  });

  test('is never anything but old or new when attune is killed, and the next run cleans up', async (t) => {
    const big = text(
      ...Array.from({ length: 2000 }, (_, position) => entryOf(`p${String(position).padStart(4, '0')}`)),
    );
    const harness = desk(t, big);
    const pack = harness.pack('z');
    const words = ['pack', 'index-update', '--index', 'index.json', pack, ...SOURCE];
    const began = performance.now();
    const first = await harness.attune(...words);
    assert.equal(first.status, 0, first.stderr);
    const whole = performance.now() - began;
    for (let round = 0; round < 3; round += 1) {
      writeFileSync(harness.index, big);
      const { child, ended } = harness.start({}, ...words);
      setTimeout(() => child.kill('SIGKILL'), whole * (0.5 + 0.16 * round));
      await ended;
      assert.ok([2000, 2001].includes(JSON.parse(harness.text()).packs.length));
      if (JSON.parse(harness.text()).packs.length === 2000) assert.equal(harness.text(), big);
    }
    const dead = ownerMark().replace(`-${process.pid}-`, '-4194305-');
    writeFileSync(`${harness.index}.${dead}.tmp`, 'left by a process that is no more');
    writeFileSync(`${harness.index}.writing.tmp`, '');
    utimesSync(`${harness.index}.writing.tmp`, 0, 0);
    writeFileSync(`${harness.index}.notes.tmp`, "somebody's own");
    writeFileSync(harness.index, big);
    await harness.update(pack);
    assert.deepEqual(readdirSync(harness.directory).sort(), ['index.json', 'index.json.notes.tmp', 'z']);
  });

  test('twenty at once lose no entry', async (t) => {
    const harness = desk(t, UNTOUCHED);
    const refs = Array.from({ length: 20 }, (_, position) => `many${String(position).padStart(2, '0')}`);
    for (const ref of refs) harness.pack(ref);
    // Every fourth is somebody with a cache, and so with locks, of their own.
    const runs = refs.map((ref, position) => {
      const variables = position % 4 === 0 ? { ATTUNE_CACHE_DIR: join(dirname(harness.data), ref) } : {};
      return harness.jsonWith(variables, 'pack', 'index-update', '--index', 'index.json', `./${ref}`, ...SOURCE);
    });
    for (const { status, stderr } of await Promise.all(runs)) assert.equal(status, 0, stderr);
    const packs = JSON.parse(harness.text()).packs.map(({ ref }: { ref: string }) => ref);
    assert.deepEqual(packs, ['apple', ...refs, 'pear']);
    assert.deepEqual(readdirSync(harness.directory).sort(), ['index.json', ...refs]);
  });
});

describe('what cannot be', () => {
  const ROWS: readonly { claim: string; content: string; message: RegExp }[] = [
    { claim: 'no JSON', content: 'hello\n', message: /index\.json:1:1/ },
    { claim: 'truncated', content: UNTOUCHED.slice(0, 900), message: /index\.json:\d+:\d+/ },
    { claim: 'a list', content: '[]\n', message: /index\.json:1:1.*found a list/s },
    {
      claim: 'a ref twice',
      content: text(entryOf('a'), entryOf('a')),
      message: /index\.json:\d+:\d+ packs\[1\]\.ref: another entry/,
    },
    {
      claim: 'wrong types',
      content: text(entryOf('a', { label: 1, keywords: 'x' })),
      message: /packs\[0\]\.label.*packs\[0\]\.keywords/s,
    },
  ];
  for (const { claim, content, message } of ROWS) {
    test(`${claim}: status 3 with file, line and hint, and the file as it was`, async (t) => {
      const harness = desk(t, content);
      const { status, document } = await harness.update(harness.pack('mango'), '--update', '--create');
      assert.equal(status, 3);
      assert.match(document.error.message, message);
      assert.ok(document.error.hint.length > 10);
      assert.equal(harness.text(), content);
    });
  }

  /** Runs as a user who may read everything here and write only the cache. */
  async function asNobody(harness: Desk, pack: string) {
    const [command, ...args] = programCommand();
    const cache = join(dirname(harness.data), 'nobody');
    mkdirSync(cache);
    chmodSync(cache, 0o777);
    chmodSync(dirname(harness.data), 0o755);
    const env = { PATH: process.env['PATH'] ?? '', HOME: cache, ATTUNE_CACHE_DIR: cache };
    const words = ['pack', 'index-update', '--index', 'index.json', pack, ...SOURCE, '--json'];
    const child = spawn(command, [...args, ...words], { cwd: harness.directory, env, uid: 65534, gid: 65534 });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    const status = await new Promise((resolve) => child.once('close', resolve));
    return { status, error: JSON.parse(output).error };
  }

  for (const [claim, mode] of [
    ['a read-only file in a directory that anybody may write to', 0o777],
    ['a directory that is read-only', 0o755],
  ] as const) {
    test(`${claim}: status 10, and the file as it was`, { skip: !ROOT && 'needs root to become nobody' }, async (t) => {
      const harness = desk(t, UNTOUCHED);
      const pack = harness.pack('mango');
      chmodSync(harness.index, mode === 0o777 ? 0o444 : 0o666);
      chmodSync(harness.directory, mode);
      const { status, error } = await asNobody(harness, pack);
      assert.equal(status, 10);
      assert.equal(error.code, 'STORE_PERMISSION');
      assert.match(error.message, /The index 'index\.json' was not written and is as it was/);
      assert.match(error.hint, /who owns the file/);
      assert.equal(harness.text(), UNTOUCHED);
      assert.deepEqual(readdirSync(harness.directory).sort(), ['index.json', 'mango']);
    });
  }

  test('a full disk: status 10, and the file as it was', { skip: !ROOT && 'needs root to mount one' }, async (t) => {
    const harness = desk(t, undefined);
    const disk = join(harness.directory, 'disk');
    mkdirSync(disk);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk], { stdio: 'pipe' });
    } catch {
      t.skip('mounting is not allowed here');
      return;
    }
    try {
      const content = text(...Array.from({ length: 60 }, (_, position) => entryOf(`p${position + 10}`)));
      writeFileSync(join(disk, 'index.json'), content);
      const words = ['pack', 'index-update', '--index', 'disk/index.json', harness.pack('mango'), ...SOURCE];
      const { status, document } = await harness.json(...words);
      assert.equal(status, 10);
      assert.equal(document.error.code, 'STORE_FULL');
      assert.equal(readFileSync(join(disk, 'index.json'), 'utf8'), content);
      assert.deepEqual(readdirSync(disk), ['index.json']);
    } finally {
      execFileSync('umount', [disk]);
    }
  });
});

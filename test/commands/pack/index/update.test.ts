import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { readYaml } from '../../../../src/documents/yaml/yaml.ts';
import { DEFAULT_LIMITS } from '../../../../src/limits.ts';
import { ownerTag } from '../../../../src/platform/files/temporary-sibling.ts';
import { DEFAULT_YAML, formatYaml } from '../../../../src/registry/editing/yaml/style.ts';
import { FIXTURES, programCommand } from '../../../support/attune.ts';
import { type CliHarness, createCliHarness } from '../../../support/cli.ts';
import { type Fault, faultVariables, type TracedCall } from '../../../support/faults/fault.ts';
import { entryOf, indexOf } from '../../../support/registry/index.ts';
import { packFiles } from '../../../support/registry/server.ts';
import { writeFiles } from '../../../support/store.ts';

const PUBLIC = join(FIXTURES, 'registry', 'public-index.json');
const SOURCE = ['-g', 'https://git.example/packs.git', '-r', 'v1'];
const ROOT = process.getuid?.() === 0;

interface IndexHarness extends CliHarness {
  readonly index: string;
  pack(ref: string, version?: string): string;
  update(pack: string, ...flags: string[]): ReturnType<CliHarness['json']>;
  text(): string;
}

/** Creates a harness with an index file in its working directory. */
function createIndexHarness(
  t: { after(clean: () => void): void },
  content: string | undefined,
  name = 'index.json',
): IndexHarness {
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

describe('index-update: invalid entries of other packs', () => {
  /** In file order: a valid entry between two invalid ones with the same ref, an item that is not a mapping, another one. */
  const packs = [
    entryOf('bad', { version: 'v1' }),
    entryOf('apple'),
    entryOf('bad', { author: null }),
    'text',
    entryOf('pear', { install_sources: [{ type: 'svn', url: 'svn://packs.example/pear', more: [1] }] }),
    entryOf('plum'),
  ];
  const yaml = formatYaml(indexOf(...packs), DEFAULT_YAML).toString();
  const forms = [
    { name: 'index.json', before: text(...packs) },
    { name: 'index.json', before: JSON.stringify(indexOf(...packs)) },
    { name: 'index.yaml', before: yaml },
  ];
  for (const [position, { name, before }] of forms.entries()) {
    test(`index-update: a new entry leaves the bytes of invalid entries in ${name} unchanged (form ${position + 1})`, async (t) => {
      const harness = createIndexHarness(t, before, name);
      const { status, document } = await harness.update(harness.pack('melon'));
      assert.deepEqual([status, document.action], [0, 'added'], JSON.stringify(document));
      const after = harness.text();
      const read = readYaml(Buffer.from(after), name, DEFAULT_LIMITS).value as { packs: { ref?: string }[] };
      assert.deepEqual(
        read.packs.map((pack) => pack.ref),
        ['bad', 'apple', 'bad', undefined, 'pear', 'melon', 'plum'],
      );
      // Removing the added bytes gives the previous file, except for the timestamp.
      const [old, now] = [before, after].map((content) => content.replace(/"?last_updated"?: ?"?[^",\n]*"?/, ''));
      let start = 0;
      while (old![start] === now![start]) start += 1;
      let end = 0;
      while (end < old!.length - start && old!.at(-1 - end) === now!.at(-1 - end)) end += 1;
      assert.equal(start + end, old!.length);
      assert.equal((await harness.update('./melon')).document.action, 'unchanged');
      const replaced = await harness.update(harness.pack('melon', '2.0.0'), '--update');
      assert.deepEqual([replaced.status, replaced.document.action], [0, 'updated']);
    });
  }

  test("index-update: the pack's own entry, if invalid, exits 3 with its position and leaves the file unchanged", async (t) => {
    const harness = createIndexHarness(t, text(...packs));
    const { status, document } = await harness.update(harness.pack('pear'), '--update');
    assert.deepEqual([status, document.error.code], [3, 'INVALID_ENTRY']);
    assert.match(
      document.error.message,
      /an entry for 'pear' that is invalid \(packs\[4\]\): install_sources\[0\]\.type/,
    );
    const twice = await harness.update(harness.pack('bad'), '--update');
    assert.match(
      twice.document.error.message,
      /entries for 'bad' that are invalid \(packs\[0\], packs\[2\]\): 2 entries/,
    );
    assert.match(twice.document.error.hint, /Remove all of them but one/);
    assert.equal(harness.text(), text(...packs));
  });
});

describe('index-update: adding and replacing entries', () => {
  test('index-update: adding a pack to the public index changes only its entry and last_updated', async (t) => {
    const harness = createIndexHarness(t, readFileSync(PUBLIC, 'utf8'));
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
    const removed = diff.split('\n').filter((line) => line.startsWith('<'));
    const added = diff.split('\n').filter((line) => line.startsWith('>'));
    assert.deepEqual(removed, ['<   "last_updated": "2026-08-22T01:53:58Z",']);
    const entry = JSON.parse(harness.text()).packs.find(({ ref }: { ref: string }) => ref === 'hello');
    assert.equal(entry.install_sources[0].checksum, document.checksum);
    assert.equal(added.length, 1 + JSON.stringify(entry, null, 2).split('\n').length);
    const refs = JSON.parse(harness.text()).packs.map(({ ref }: { ref: string }) => ref);
    assert.deepEqual(refs, refs.toSorted());
  });

  test('index-update: an unchanged pack is not written again, with and without --update', async (t) => {
    const harness = createIndexHarness(t, UNTOUCHED);
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

  test('index-update: a different version exits 5 and names both versions without --update', async (t) => {
    const harness = createIndexHarness(t, UNTOUCHED);
    const pack = harness.pack('pear', '1.1.0');
    const refused = await harness.update(pack);
    assert.equal(refused.status, 5);
    assert.equal(refused.document.error.code, 'EXISTS_ENTRY');
    assert.match(refused.document.error.message, /already has 'pear' in version 1\.0\.0; the pack has version 1\.1\.0/);
    assert.match(refused.document.error.hint, /--update/);
    assert.equal(harness.text(), UNTOUCHED);
    const { document } = await harness.update(pack, '--update');
    assert.deepEqual([document.action, document.previous_version, document.version], ['updated', '1.0.0', '1.1.0']);
    assert.equal(document.warnings.length, countWarnings(refused.stderr));
    const [apple, pear] = JSON.parse(harness.text()).packs;
    assert.deepEqual(apple, entryOf('apple'));
    assert.equal(pear.version, '1.1.0');
    assert.equal(pear.releases, undefined);
  });

  test('index-update: the same version with different content exits 5 and names the fields that differ', async (t) => {
    const harness = createIndexHarness(t, UNTOUCHED);
    const { status, document } = await harness.update(harness.pack('pear'));
    assert.equal(status, 5);
    assert.match(
      document.error.message,
      /already has 'pear' 1\.0\.0, and the pack differs from it in label, .*install_sources/,
    );
  });

  test('index-update: a version lower than the entry exits 5, and --allow-downgrade replaces the entry with a warning', async (t) => {
    const harness = createIndexHarness(t, text(entryOf('pear', { version: '2.0.0' })));
    const before = harness.text();
    const pack = harness.pack('pear');
    for (const flags of [[], ['--update'], ['--allow-downgrade']]) {
      const { status, document } = await harness.update(pack, ...flags);
      const code = flags.includes('--allow-downgrade') ? 'EXISTS_ENTRY' : 'EXISTS_NEWER';
      assert.deepEqual([status, document.error.code], [5, code]);
      assert.match(document.error.message, /'pear'.* 2\.0\.0/);
    }
    assert.equal(harness.text(), before);
    const { status, document, stderr } = await harness.update(pack, '--update', '--allow-downgrade');
    assert.equal(status, 0);
    assert.match(stderr, /'pear' is downgraded from 2\.0\.0 to 1\.0\.0/);
    assert.ok(document.warnings.some((warning: string) => warning.includes('downgraded')));
    const [pear] = JSON.parse(harness.text()).packs;
    assert.deepEqual([pear.version, pear.releases], ['1.0.0', undefined]);
    assert.equal((await harness.update(pack, '--keep-releases', '--allow-downgrade')).status, 2);
  });

  test('index-update: --keep-releases files a lower version under the releases, once, and the index stays valid', async (t) => {
    for (const name of ['index.json', 'index.yaml']) {
      const harness = createIndexHarness(t, undefined, name);
      await harness.update(harness.pack('pear', '2.0.0'), '--create');
      const entry = (harness.text().match(/2\.0\.0/g) ?? []).length;
      const pack = harness.pack('pear', '1.0.1');
      const { status, document } = await harness.update(pack, '--update', '--keep-releases');
      assert.deepEqual([status, document.action, document.previous_version], [0, 'added', null]);
      const filed = harness.text();
      assert.equal((filed.match(/2\.0\.0/g) ?? []).length, entry);
      assert.match(filed, /releases[\s\S]*1\.0\.1/);
      for (const flags of [[], ['--update'], ['--keep-releases'], ['--update', '--keep-releases']]) {
        assert.equal((await harness.update(pack, ...flags)).document.action, 'unchanged', flags.join(' '));
      }
      assert.equal(harness.text(), filed);
      const checked = await harness.json('pack', 'index-validate', name);
      assert.deepEqual([checked.document.errors, checked.document.warnings], [0, 0]);
      writeFileSync(join(harness.directory, 'pear', 'more.txt'), '');
      const changed = await harness.update(pack, '--keep-releases');
      assert.deepEqual([changed.status, changed.document.error.code], [5, 'EXISTS_ENTRY']);
      const replaced = await harness.update(pack, '--keep-releases', '--update');
      assert.deepEqual([replaced.document.action, replaced.document.previous_version], ['updated', '1.0.1']);
    }
  });

  test('index-update: text output names the action, versions and checksum', async (t) => {
    const harness = createIndexHarness(t, text(entryOf('pear')));
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

/** Counts warnings, each of which is a separate line. */
function countWarnings(stderr: string): number {
  return stderr.split('\n').filter((line) => line.startsWith('Warning:')).length;
}

describe('index-update: new indexes', () => {
  test('index-update: --create creates a missing index and updates an existing one', async (t) => {
    const harness = createIndexHarness(t, undefined);
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

  test('index-update: --create writes YAML to a .yaml file', async (t) => {
    const harness = createIndexHarness(t, undefined, 'index.yaml');
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

  test('index-update: --create exits 4 if the directory does not exist', async (t) => {
    const harness = createIndexHarness(t, undefined);
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

describe('index-update: the index file', () => {
  test('index-update: keeps the mode of the file and symbolic links to it', async (t) => {
    const harness = createIndexHarness(t, undefined);
    const real = join(harness.directory, 'real.json');
    writeFileSync(real, UNTOUCHED);
    chmodSync(real, 0o640);
    symlinkSync('real.json', harness.index);
    await harness.update(harness.pack('mango'));
    assert.ok(lstatSync(harness.index).isSymbolicLink());
    assert.equal(statSync(real).mode & 0o777, 0o640);
    assert.equal(JSON.parse(readFileSync(real, 'utf8')).packs.length, 3);
  });

  test('index-update: killed at any call that changes the directory, leaves the old or the new index', async (t) => {
    const old = text(...Array.from({ length: 200 }, (_, index) => entryOf(`p${index + 100}`)));
    const harness = createIndexHarness(t, old);
    const args = ['pack', 'index-update', '--index', 'index.json', harness.pack('z'), ...SOURCE];
    const run = (...faults: Fault[]) => {
      // Without the files of the previous run, which this run would remove, every run makes the same calls.
      for (const name of readdirSync(harness.directory))
        if (/\.tmp$|\.lock(\.json)?$/.test(name)) rmSync(join(harness.directory, name));
      writeFileSync(harness.index, old);
      return harness.attuneWith(faultVariables(...faults), ...args);
    };
    const trace = join(dirname(harness.data), 'trace.json');
    const traced = await run(`trace:${trace}`);
    assert.equal(traced.status, 0, traced.stderr);
    const calls: TracedCall[] = JSON.parse(readFileSync(trace, 'utf8'));
    const commit = calls.findIndex(({ name, path }) => name === 'rename' && path === harness.index);
    assert.notEqual(commit, -1);
    for (const [index, { name, path, parts }] of calls.entries()) {
      if (!path.startsWith(harness.directory)) continue;
      for (const [verb, committed] of [
        ['kill', index > commit],
        ['torn', index >= commit],
      ] as const) {
        if (verb === 'torn' && !parts && index !== commit) continue;
        const { status } = await run(`${verb}:${index + 1}`);
        const point = `${verb} at ${name} ${path}`;
        assert.equal(status, null, `${point}: the process was not killed`);
        if (committed) assert.equal(JSON.parse(harness.text()).packs.length, 201, point);
        else assert.equal(harness.text(), old, point);
      }
    }
  });

  test('index-update: removes temporary files of processes that no longer exist, and no others', async (t) => {
    const harness = createIndexHarness(t, UNTOUCHED);
    const deadOwner = ownerTag().replace(`-${process.pid}-`, '-4194305-');
    writeFileSync(`${harness.index}.${deadOwner}.tmp`, 'left by a process that no longer exists');
    writeFileSync(`${harness.index}.notes.tmp`, 'a file of the user');
    await harness.update(harness.pack('z'));
    assert.deepEqual(readdirSync(harness.directory).sort(), ['index.json', 'index.json.notes.tmp', 'z']);
  });

  test('index-update: twenty concurrent runs lose no entry', async (t) => {
    const harness = createIndexHarness(t, UNTOUCHED);
    const refs = Array.from({ length: 20 }, (_, index) => `many${String(index).padStart(2, '0')}`);
    for (const ref of refs) harness.pack(ref);
    // Every fourth run has its own cache directory, since the lock is next to the index.
    const runs = refs.map((ref, index) => {
      const variables = index % 4 === 0 ? { ATTUNE_CACHE_DIR: join(dirname(harness.data), ref) } : {};
      return harness.jsonWith(variables, 'pack', 'index-update', '--index', 'index.json', `./${ref}`, ...SOURCE);
    });
    for (const { status, stderr } of await Promise.all(runs)) assert.equal(status, 0, stderr);
    const packs = JSON.parse(harness.text()).packs.map(({ ref }: { ref: string }) => ref);
    assert.deepEqual(packs, ['apple', ...refs, 'pear']);
    assert.deepEqual(readdirSync(harness.directory).sort(), ['index.json', ...refs]);
  });
});

describe('index-update: refusals', () => {
  const ROWS: readonly { claim: string; content: string; message: RegExp }[] = [
    { claim: 'invalid JSON', content: 'hello\n', message: /index\.json:1:1/ },
    { claim: 'truncated JSON', content: UNTOUCHED.slice(0, 900), message: /index\.json:\d+:\d+/ },
    { claim: 'a list at the top level', content: '[]\n', message: /index\.json:1:1.*found a list/s },
  ];
  for (const { claim, content, message } of ROWS) {
    test(`index-update: ${claim} exits 3 with file, line and hint and leaves the file unchanged`, async (t) => {
      const harness = createIndexHarness(t, content);
      const { status, document } = await harness.update(harness.pack('mango'), '--update', '--create');
      assert.equal(status, 3);
      assert.match(document.error.message, message);
      assert.ok(document.error.hint.length > 10);
      assert.equal(harness.text(), content);
    });
  }

  /** Runs `index-update` as a user who can read all files and write only to the cache. */
  async function updateAsOtherUser(harness: IndexHarness, pack: string) {
    const [command, ...programArgs] = programCommand();
    const cache = join(dirname(harness.data), 'other-user');
    mkdirSync(cache);
    chmodSync(cache, 0o777);
    chmodSync(dirname(harness.data), 0o755);
    const env = { PATH: process.env['PATH'] ?? '', HOME: cache, ATTUNE_CACHE_DIR: cache };
    const args = ['pack', 'index-update', '--index', 'index.json', pack, ...SOURCE, '--json'];
    const child = spawn(command, [...programArgs, ...args], { cwd: harness.directory, env, uid: 65534, gid: 65534 });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    const status = await new Promise((resolve) => child.once('close', resolve));
    return { status, error: JSON.parse(output).error };
  }

  for (const [claim, mode] of [
    ['a read-only file in a writable directory', 0o777],
    ['a read-only directory', 0o755],
  ] as const) {
    test(`index-update: ${claim} exits 10 and leaves the file unchanged`, {
      skip: !ROOT && 'requires root to run as another user',
    }, async (t) => {
      const harness = createIndexHarness(t, UNTOUCHED);
      const pack = harness.pack('mango');
      chmodSync(harness.index, mode === 0o777 ? 0o444 : 0o666);
      chmodSync(harness.directory, mode);
      const { status, error } = await updateAsOtherUser(harness, pack);
      assert.equal(status, 10);
      assert.equal(error.code, 'STORE_PERMISSION');
      assert.match(error.message, /The index 'index\.json' was not written and is unchanged/);
      assert.match(error.hint, /owner and mode of the file/);
      assert.equal(harness.text(), UNTOUCHED);
      assert.deepEqual(readdirSync(harness.directory).sort(), ['index.json', 'mango']);
    });
  }

  test('index-update: a full disk exits 10 and leaves the file unchanged', {
    skip: !ROOT && 'requires root to mount a file system',
  }, async (t) => {
    const harness = createIndexHarness(t, undefined);
    const disk = join(harness.directory, 'disk');
    mkdirSync(disk);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk], { stdio: 'pipe' });
    } catch {
      t.skip('mounting is not permitted');
      return;
    }
    try {
      const content = text(...Array.from({ length: 60 }, (_, index) => entryOf(`p${index + 10}`)));
      writeFileSync(join(disk, 'index.json'), content);
      const args = ['pack', 'index-update', '--index', 'disk/index.json', harness.pack('mango'), ...SOURCE];
      const { status, document } = await harness.json(...args);
      assert.equal(status, 10);
      assert.equal(document.error.code, 'STORE_FULL');
      assert.equal(readFileSync(join(disk, 'index.json'), 'utf8'), content);
      assert.deepEqual(readdirSync(disk), ['index.json']);
    } finally {
      execFileSync('umount', [disk]);
    }
  });
});

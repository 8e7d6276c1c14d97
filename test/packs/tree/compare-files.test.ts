import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatDigest } from '../../../src/packs/digest.ts';
import { fingerprint } from '../../../src/packs/tree/checksum.ts';
import { type Comparison, compareFiles, type RecordedFile } from '../../../src/packs/tree/compare-files.ts';
import { directoryTree } from '../../../src/packs/tree/directory-tree.ts';
import { surveyTree, type TreeSurvey } from '../../../src/packs/tree/survey.ts';
import { writeFiles } from '../../support/store.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { unprivileged } from '../../support/unprivileged.ts';

const FILES = { 'pack.yaml': 'ref: core\n', 'actions/a.yaml': 'name: a\n', 'actions/b.yaml': 'name: b\n', 'lib/x': '' };

/** Returns the records of the current files of a tree. */
function record(root: string): RecordedFile[] {
  return fingerprint(directoryTree(root)).files.map(({ path, size, sha256, executable }) => ({
    path,
    size,
    sha256,
    mode: executable ? 0o755 : 0o644,
  }));
}

function compare(root: string, recorded: readonly RecordedFile[]): Comparison {
  return compareFiles(surveyTree(root, new Set(recorded.map(({ path }) => path))), recorded, true);
}

interface Row {
  readonly claim: string;
  readonly damage: (root: string, outside: string) => void;
  /** `path difference (reason)`. */
  readonly want: readonly string[];
}

const ROWS: readonly Row[] = [
  { claim: 'an unchanged tree', damage: () => {}, want: [] },
  {
    claim: 'changed content of the same length',
    damage: (root) => writeFileSync(join(root, 'pack.yaml'), 'ref: bore\n'),
    want: ['pack.yaml changed'],
  },
  {
    claim: 'content in a file that was empty',
    damage: (root) => writeFileSync(join(root, 'lib/x'), 'x'),
    want: ['lib/x changed'],
  },
  { claim: 'a missing file', damage: (root) => rmSync(join(root, 'lib/x')), want: ['lib/x missing'] },
  {
    claim: 'a missing directory',
    damage: (root) => rmSync(join(root, 'actions'), { recursive: true }),
    want: ['actions/a.yaml missing', 'actions/b.yaml missing'],
  },
  {
    claim: 'extra files, hidden and in new directories',
    damage: (root) => writeFiles(root, { '.hidden': '', 'new/x': 'x' }),
    want: ['.hidden extra', 'new/x extra'],
  },
  { claim: 'an extra empty directory, which is ignored', damage: (root) => mkdirSync(join(root, 'new')), want: [] },
  {
    claim: 'a .git directory, reported as one entry',
    damage: (root) => writeFiles(root, { '.git/config': '', '.git/objects/x': '' }),
    want: ['.git extra (an entry named .git)'],
  },
  {
    claim: 'modes that lost, gained or have unusual bits',
    damage: (root) => {
      chmodSync(join(root, 'lib/x'), 0o755);
      chmodSync(join(root, 'pack.yaml'), 0o666);
      chmodSync(join(root, 'actions/a.yaml'), 0o4644);
    },
    want: ['actions/a.yaml mode_changed', 'lib/x mode_changed', 'pack.yaml mode_changed'],
  },
  {
    claim: 'a directory with files in place of a file',
    damage: (root) => {
      rmSync(join(root, 'lib/x'));
      writeFiles(root, { 'lib/x/y': 'y' });
    },
    want: ['lib/x changed (a directory)', 'lib/x/y extra'],
  },
  {
    claim: 'a link to the same content in place of a file',
    damage: (root, outside) => {
      writeFiles(outside, { same: FILES['pack.yaml'] });
      rmSync(join(root, 'pack.yaml'));
      symlinkSync(join(outside, 'same'), join(root, 'pack.yaml'));
    },
    want: ["pack.yaml changed (a symbolic link to '<outside>/same')"],
  },
  {
    claim: 'a link out of the pack in place of a directory, which is not followed',
    damage: (root, outside) => {
      writeFiles(outside, { 'a.yaml': FILES['actions/a.yaml'], 'b.yaml': FILES['actions/b.yaml'] });
      rmSync(join(root, 'actions'), { recursive: true });
      symlinkSync(outside, join(root, 'actions'));
    },
    want: ["actions extra (a symbolic link to '<outside>')", 'actions/a.yaml missing', 'actions/b.yaml missing'],
  },
  {
    claim: 'a circular link',
    damage: (root) => symlinkSync('.', join(root, 'lib/self')),
    want: ["lib/self extra (a symbolic link to '.')"],
  },
  {
    claim: 'a name that is not UTF-8',
    damage: (root) => writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0x62, 0xff])]), ''),
    want: ['b\u{FFFD} extra (its name is not UTF-8)'],
  },
];

for (const { claim, damage, want } of ROWS) {
  test(`compareFiles: ${claim}`, { skip: process.platform === 'win32' }, (t) => {
    const [root, outside] = [temporaryDirectory(t), temporaryDirectory(t)];
    writeFiles(root, FILES);
    const recorded = record(root);
    damage(root, outside);
    const found = compare(root, recorded).differences.map(
      ({ path, difference, reason }) =>
        `${path} ${difference}${reason === null ? '' : ` (${reason.replace(outside, '<outside>')})`}`,
    );
    assert.deepEqual(found, want);
  });
}

test('compareFiles: unreadable files and recorded files below unreadable directories are reported as unreadable', {
  skip: process.platform === 'win32',
}, (t) => {
  const root = temporaryDirectory(t);
  chmodSync(root, 0o755);
  writeFiles(root, FILES);
  const recorded = record(root);
  chmodSync(join(root, 'pack.yaml'), 0o000);
  chmodSync(join(root, 'actions'), 0o000);
  const found = unprivileged(() => compare(root, recorded).differences);
  chmodSync(join(root, 'actions'), 0o755);
  assert.deepEqual(
    found.map(({ path, difference }) => `${path} ${difference}`),
    ['actions unreadable', 'actions/a.yaml unreadable', 'actions/b.yaml unreadable', 'pack.yaml unreadable'],
  );
  for (const { reason } of found) assert.match(reason ?? '', /permission denied/);
});

test('compareFiles: what interpreters write next to code is generated and not a difference', (t) => {
  const root = temporaryDirectory(t);
  writeFiles(root, { ...FILES, 'lib/own.pyc': '1', 'lib/old.py': '', 'lib/old.pyc': '1', '__pycache__/a.pyc': '1' });
  const recorded = record(root);
  writeFiles(root, {
    'lib/own.pyc': '2',
    'lib/old.pyc': '2',
    '__pycache__/a.pyc': '2',
    'lib/x.pyc': '',
    'actions/__pycache__/a.cpython-312.pyc.1234': '',
    'tests/.pytest_cache/v/cache/nodeids': '',
    'pycache/x': '',
  });
  const { differences, generated } = compare(root, recorded);
  assert.deepEqual(generated, [
    '__pycache__/a.pyc',
    'actions/__pycache__/a.cpython-312.pyc.1234',
    'lib/old.pyc',
    'lib/x.pyc',
    'tests/.pytest_cache/v/cache/nodeids',
  ]);
  assert.deepEqual(
    differences.map(({ path, difference }) => `${path} ${difference}`),
    ['lib/own.pyc changed', 'pycache/x extra'],
  );
});

test('compareFiles: a link in a cache directory and a missing recorded byte code file are differences', {
  skip: process.platform === 'win32',
}, (t) => {
  const root = temporaryDirectory(t);
  writeFiles(root, { ...FILES, '__pycache__/a.pyc': '1' });
  const recorded = record(root);
  rmSync(join(root, '__pycache__/a.pyc'));
  symlinkSync('/etc/passwd', join(root, '__pycache__/b.pyc'));
  const { differences, generated } = compare(root, recorded);
  assert.deepEqual(generated, []);
  assert.deepEqual(
    differences.map(({ path, difference }) => `${path} ${difference}`),
    ['__pycache__/a.pyc missing', '__pycache__/b.pyc extra'],
  );
});

test('compareFiles: a cache directory of another user that cannot be read is generated', {
  skip: process.platform === 'win32',
}, (t) => {
  const root = temporaryDirectory(t);
  chmodSync(root, 0o755);
  writeFiles(root, FILES);
  const recorded = record(root);
  writeFiles(root, { 'actions/__pycache__/a.pyc': '' });
  chmodSync(join(root, 'actions/__pycache__'), 0o000);
  const { differences, generated } = unprivileged(() => compare(root, recorded));
  chmodSync(join(root, 'actions/__pycache__'), 0o755);
  assert.deepEqual([differences, generated], [[], ['actions/__pycache__']]);
});

test('surveyTree: the checksum is that of the directory, and undefined when there are anomalies', (t) => {
  const root = temporaryDirectory(t);
  writeFiles(root, FILES);
  const { checksum } = surveyTree(root, new Set());
  assert.equal(checksum && formatDigest(checksum), formatDigest(fingerprint(directoryTree(root)).checksum));
  symlinkSync('pack.yaml', join(root, 'link'));
  assert.equal(surveyTree(root, new Set()).checksum, undefined);
});

test('compareFiles: only contents are compared when modes are disabled', () => {
  const file = { path: 'a', size: 1, sha256: 'x', mode: 0o644 };
  const survey = {
    files: [{ ...file, mode: 0o666 }],
    anomalies: [],
    directories: new Set<string>(),
    generated: [],
    checksum: undefined,
  };
  assert.deepEqual(compareFiles(survey, [file], false).differences, []);
  assert.equal(compareFiles(survey, [file], true).differences.length, 1);
});

test('compareFiles: exactly the differing paths are reported, each once', () => {
  const file = fc.record({
    path: fc.constantFrom('a', 'b', 'c/d', 'c/e', 'f'),
    size: fc.constantFrom(1, 2),
    sha256: fc.constantFrom('x', 'y'),
    mode: fc.constantFrom(0o644, 0o755),
  });
  const files = fc.uniqueArray(file, { selector: ({ path }) => path });
  fc.assert(
    fc.property(files, files, (recorded, actual) => {
      const survey: TreeSurvey = {
        files: actual,
        anomalies: [],
        directories: new Set(),
        generated: [],
        checksum: undefined,
      };
      const found = compareFiles(survey, recorded, true).differences.map(({ path, difference }) => [path, difference]);
      const paths = [...new Set([...recorded, ...actual].map(({ path }) => path))].sort();
      const expected = paths.flatMap((path) => {
        const [before, after] = [recorded, actual].map((list) => list.find((one) => one.path === path));
        if (after === undefined) return [[path, 'missing']];
        if (before === undefined) return [[path, 'extra']];
        if (before.size !== after.size || before.sha256 !== after.sha256) return [[path, 'changed']];
        return before.mode === after.mode ? [] : [[path, 'mode_changed']];
      });
      assert.deepEqual(found, expected);
    }),
  );
});

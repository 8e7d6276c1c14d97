import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { InvalidDocument } from '../../../src/documents/problems.ts';
import { AttuneError } from '../../../src/errors.ts';
import schema from '../../../src/packs/lock/lock.schema.json' with { type: 'json' };
import {
  formatLock,
  InvalidLock,
  type Lock,
  type LockedPack,
  LockTooNew,
  readLock,
} from '../../../src/packs/lock/lock-file.ts';
import { type LockedSource, resolveLockedLocation, toLockedLocation } from '../../../src/packs/lock/locked-source.ts';
import { schemaValidator, undocumentedFields } from '../../support/json-schema.ts';

const schemaProblems = schemaValidator(schema);
const DIGEST = `sha256:${'0a'.repeat(32)}`;
const PACK = { ref: 'core', version: '1.0.0', checksum: DIGEST, requested: true, dependencies: [] as unknown[] };

const textOf = (lock: unknown) => JSON.stringify(lock, null, 2);
const read = (text: string) => readLock(Buffer.from(text), 'attune.lock');

/** Returns all problems of a text, formatted as `line:column field: message`. */
function problemsOf(text: string): string[] {
  try {
    read(text);
    return [];
  } catch (error) {
    assert.ok(error instanceof InvalidDocument, String(error));
    return error.problems.map(({ line, column, field, message }) => `${line}:${column} ${field}: ${message}`);
  }
}

const ref = fc.stringMatching(/^[a-z][a-z0-9_-]{0,8}$/);
const number = fc.nat(20);
const version = fc
  .tuple(number, number, number, fc.constantFrom('', '-rc.1', '+build.05', '-0a.b'))
  .map(([major, minor, patch, more]) => `${major}.${minor}.${patch}${more}`);
const range = fc.constantFrom('*', '^1.2', '>=1,<3', '1.0.0', '~1 || ^3', '>=1, <2 || >=1, <3', 'not a range');

const digest = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => ({ algorithm: 'sha256' as const, hex: Buffer.from(bytes).toString('hex') }));
const url = fc.constantFrom('https://host/x.git', 'ssh://git@host/x', 'git@host:x', './x y', '/srv/x', 'file:///srv/x');
const source: fc.Arbitrary<LockedSource | undefined> = fc.oneof(
  fc.constant(undefined),
  fc.record({ type: fc.constant('archive' as const), url, checksum: digest }, { noNullPrototype: true }),
  fc.record(
    {
      type: fc.constant('git' as const),
      url,
      ref: fc.option(fc.constantFrom('main', 'v1', 'a/b'), { nil: undefined }),
      refType: fc.option(fc.constantFrom('branch' as const, 'tag' as const, 'commit' as const), { nil: undefined }),
      commit: fc.constant('0b'.repeat(20)),
    },
    { noNullPrototype: true },
  ),
);

const withoutUndefined = ({ source: from, ...pack }: { readonly source?: LockedSource | undefined }) =>
  from === undefined ? pack : { ...pack, source: from };

/** A lock whose packs depend only on each other, in any order. */
const lock: fc.Arbitrary<Lock> = fc.uniqueArray(ref, { maxLength: 6 }).chain((refs) =>
  fc
    .tuple(
      ...refs.map((own) =>
        fc.record({
          ref: fc.constant(own),
          version,
          checksum: digest,
          source,
          requested: fc.boolean(),
          dependencies: fc.uniqueArray(
            fc.record({ ref: fc.constantFrom(own, ...refs), range }, { noNullPrototype: true }),
            {
              selector: (dependency) => dependency.ref,
            },
          ),
        }),
      ),
    )
    .map((packs) => ({ packs: packs.map(withoutUndefined) as LockedPack[] })),
);

const byRef = <T extends { readonly ref: string }>(items: readonly T[]) =>
  items.toSorted((one, other) => (one.ref < other.ref ? -1 : 1));
const sorted = ({ packs }: Lock) => byRef(packs.map((pack) => ({ ...pack, dependencies: byRef(pack.dependencies) })));

describe('attune.lock', () => {
  test('formatLock: a lock is read back unchanged and written to the same bytes', () => {
    fc.assert(
      fc.property(lock, (one) => {
        const text = formatLock(one);
        assert.deepEqual(sorted(read(text)), sorted(one));
        assert.equal(formatLock(read(text)), text);
        assert.deepEqual(schemaProblems(JSON.parse(text)), []);
      }),
    );
  });

  test('formatLock: the order of the packs does not change the bytes', () => {
    fc.assert(
      fc.property(lock, ({ packs }) => {
        const reversed = packs.map((pack) => ({ ...pack, dependencies: pack.dependencies.toReversed() })).toReversed();
        assert.equal(formatLock({ packs: reversed }), formatLock({ packs }));
      }),
    );
  });

  test('formatLock: a lock has the documented form', () => {
    const packs: LockedPack[] = [
      {
        ref: 'slack',
        version: '2.1.0',
        checksum: { algorithm: 'sha256', hex: '0a'.repeat(32) },
        requested: true,
        dependencies: [
          { ref: 'http', range: '*' },
          { ref: 'core', range: '^1.2' },
        ],
      },
    ];
    assert.equal(
      formatLock({ packs }),
      `{
  "lock_version": 1,
  "packs": [
    {
      "ref": "slack",
      "version": "2.1.0",
      "checksum": "${DIGEST}",
      "requested": true,
      "dependencies": [
        "core@^1.2",
        "http"
      ]
    }
  ]
}
`,
    );
    const [pack] = packs as [LockedPack];
    const git = { type: 'git', url: './x', ref: 'main', refType: 'branch', commit: '0b'.repeat(20) } as const;
    assert.deepEqual(JSON.parse(formatLock({ packs: [{ ...pack, source: git }] })).packs[0].source, {
      type: 'git',
      url: './x',
      ref: 'main',
      ref_type: 'branch',
      commit: '0b'.repeat(20),
    });
    assert.equal(formatLock({ packs: [] }), '{\n  "lock_version": 1,\n  "packs": []\n}\n');
  });
});

/** Problems of a single pack. `inSchema` says whether the JSON Schema detects the problem. */
const INVALID_PACKS: { claim: string; pack: object; want: string[]; inSchema?: false }[] = [
  { claim: 'an invalid ref', pack: { ref: 'Core' }, want: ["'Core' is not a valid ref"] },
  { claim: 'a version with two numbers', pack: { version: '1.0' }, want: ["'1.0' is not a semantic version"] },
  {
    claim: 'a digest of another algorithm',
    pack: { checksum: `sha512:${'0'.repeat(128)}` },
    want: ['is not a digest'],
  },
  { claim: 'an upper-case digest', pack: { checksum: DIGEST.toUpperCase() }, want: ['is not a digest'] },
  { claim: 'a truncated digest', pack: { checksum: DIGEST.slice(0, -1) }, want: ['is not a digest'] },
  {
    claim: 'a string in place of a boolean',
    pack: { requested: 'yes' },
    want: ['expected true or false but found the string'],
  },
  {
    claim: 'an invalid dependency',
    pack: { dependencies: ['core@'] },
    want: ['is not a valid dependency'],
  },
  {
    claim: 'a mapping in place of a dependency',
    pack: { dependencies: [{}] },
    want: ['expected a string but found a mapping'],
  },
  { claim: 'a misspelled key', pack: { requsted: true }, want: ["unknown key, did you mean 'requested'?"] },
  { claim: 'a URL', pack: { url: 'https://packs.example' }, want: ['unknown key'] },
  { claim: 'a source that is a string', pack: { source: 'https://x' }, want: ['expected a mapping'] },
  {
    claim: 'a source of another type',
    pack: { source: { type: 'directory', url: './x' } },
    want: ['expected "git" or "archive"'],
  },
  {
    claim: 'a git source without a commit',
    pack: { source: { type: 'git', url: './x', ref: 'main' } },
    want: ['needs a commit and no checksum for git'],
  },
  {
    claim: 'a git source with an abbreviated commit',
    pack: { source: { type: 'git', url: './x', commit: '0b0b0b0b' } },
    want: ["'0b0b0b0b' is not a commit id of 40 hexadecimal digits"],
  },
  {
    claim: 'an archive source with a ref',
    pack: { source: { type: 'archive', url: './x', ref: 'main', checksum: DIGEST } },
    want: ['a checksum alone for an archive'],
  },
  {
    claim: 'an archive source with a weak checksum',
    pack: { source: { type: 'archive', url: './x', checksum: `md5:${'0'.repeat(32)}` } },
    want: ['is not a digest with sha256:'],
  },
  {
    claim: 'an unknown key in a source',
    pack: { source: { type: 'archive', urll: './x', url: './x', checksum: DIGEST } },
    want: ["unknown key, did you mean 'url'?"],
  },
  {
    claim: 'a source with credentials',
    pack: { source: { type: 'archive', url: 'https://ada:s3cret@host/x.zip', checksum: DIGEST } },
    want: ['contains credentials: remove them'],
    inSchema: false,
  },
  {
    claim: 'a source with a control character',
    pack: { source: { type: 'archive', url: './x\u001b[2J', checksum: DIGEST } },
    want: ['contains a control character'],
    inSchema: false,
  },
  {
    claim: 'a git ref with a control character',
    pack: { source: { type: 'git', url: './x', ref: 'main\u001b[2J', commit: '0b'.repeat(20) } },
    want: ['contains a control character'],
    inSchema: false,
  },
  {
    claim: 'an empty git ref',
    pack: { source: { type: 'git', url: './x', ref: '', commit: '0b'.repeat(20) } },
    want: ['is empty'],
  },
  { claim: 'an empty location', pack: { source: { type: 'archive', url: '', checksum: DIGEST } }, want: ['is empty'] },
  {
    claim: 'a duplicate dependency',
    pack: { dependencies: ['core', 'core@^1'] },
    want: ["'core' is already listed"],
    inSchema: false,
  },
  {
    claim: 'a dependency that is not locked',
    pack: { dependencies: ['base'] },
    want: ["'base' is a dependency, but it is not locked"],
    inSchema: false,
  },
  {
    claim: 'several problems, reported in order',
    pack: { version: 'v1', requested: 1, dependencies: ['base'] },
    want: ["'v1' is not a semantic version", 'expected true or false', "'base' is a dependency, but it is not locked"],
  },
];

describe('readLock: a lock is rejected', () => {
  for (const { claim, pack, want, inSchema } of INVALID_PACKS) {
    test(`because of ${claim}`, () => {
      const document = { lock_version: 1, packs: [{ ...PACK, ...pack }] };
      const problems = problemsOf(textOf(document));
      assert.equal(problems.length, want.length, problems.join('\n'));
      for (const [index, part] of want.entries()) assert.ok(problems[index]?.includes(part), problems[index]);
      assert.equal(schemaProblems(document).length > 0, inSchema !== false);
    });
  }

  for (const key of Object.keys(PACK)) {
    test(`because of a missing ${key}`, () => {
      const document = { lock_version: 1, packs: [{ ...PACK, [key]: undefined }] };
      assert.match(problemsOf(textOf(document)).join(), new RegExp(`packs\\[0\\]\\.${key}: is missing`));
      assert.notDeepEqual(schemaProblems(JSON.parse(textOf(document))), []);
    });
  }

  test('because of a duplicate pack, with the position of the second one', () => {
    const text = textOf({ lock_version: 1, packs: [PACK, { ...PACK, version: '2.0.0' }] });
    assert.deepEqual(problemsOf(text), ["12:7 packs[1].ref: the pack 'core' is already locked"]);
  });

  test('because of a merge conflict, with each of its markers', () => {
    const [first = '', ...rest] = formatLock({ packs: [] }).split('\n');
    const text = [first, '<<<<<<< HEAD', '  "a": 1,', '=======', '  "a": 2,', '>>>>>>> theirs', ...rest].join('\n');
    const lines = problemsOf(text).map((problem) => problem.split(':', 1)[0]);
    assert.deepEqual(lines, ['2', '4', '6']);
    assert.throws(
      () => read(text),
      (error) => error instanceof InvalidLock && /git checkout --ours/.test(error.hint ?? ''),
    );
    assert.deepEqual(problemsOf(text.replaceAll('\n', '\r\n')).length, 3);
  });

  test('because of a newer format version, regardless of its content', () => {
    for (const packs of [[], {}, 'new']) {
      assert.throws(
        () => read(textOf({ lock_version: 2, packs })),
        (error) => error instanceof LockTooNew && error.family === 'INVALID' && /newer attune/.test(error.message),
      );
    }
  });

  for (const text of [
    '',
    '[]',
    'null',
    '3',
    '{}',
    '{"lock_version": 0, "packs": []}',
    '{"lock_version": "1", "packs": []}',
    '{"packs": []}',
    '{"lock_version": 1, "packs": {}}',
    '{"lock_version": 1, "packs": [], "packs": []}',
  ]) {
    test(`because its whole content is ${JSON.stringify(text)}`, () => assert.notDeepEqual(problemsOf(text), []));
  }

  test('or accepted with any JSON value in a field, without another kind of error', () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.constantFrom('ref', 'version', 'checksum', 'source', 'requested', 'dependencies', 'packs'),
        (value, key) => {
          const document =
            key === 'packs'
              ? { lock_version: 1, packs: value }
              : { lock_version: 1, packs: [{ ...PACK, [key]: value }] };
          try {
            read(textOf(document));
          } catch (error) {
            assert.ok(error instanceof AttuneError, String(error));
          }
        },
      ),
    );
  });
});

/** What a lock in `/srv/team` contains for a recorded location, and what that leads to in a copy in `/home/ada`. */
const LOCATIONS: readonly [recorded: string, locked: string, elsewhere: string][] = [
  ['https://host/x.git', 'https://host/x.git', 'https://host/x.git'],
  ['git@host:x.git', 'git@host:x.git', 'git@host:x.git'],
  ['ssh://git@host/x', 'ssh://git@host/x', 'ssh://git@host/x'],
  ['/srv/team/vendor/x.zip', './vendor/x.zip', '/home/ada/vendor/x.zip'],
  ['/srv/team', './', '/home/ada'],
  ['/srv/team/..x', './..x', '/home/ada/..x'],
  ['file:///srv/team/a%20b.zip', './a b.zip', '/home/ada/a b.zip'],
  ['/srv/teamwork/x.zip', '/srv/teamwork/x.zip', '/srv/teamwork/x.zip'],
  ['/srv/x.zip', '/srv/x.zip', '/srv/x.zip'],
  ['file:///srv/x.zip', 'file:///srv/x.zip', 'file:///srv/x.zip'],
];

test('attune.lock: a path below the directory of the lock is relative to it, and other locations are unchanged', () => {
  for (const [recorded, locked, elsewhere] of LOCATIONS) {
    assert.equal(toLockedLocation(recorded, '/srv/team'), locked);
    assert.equal(resolveLockedLocation(locked, '/home/ada'), elsewhere);
  }
  assert.equal(resolveLockedLocation('../x.zip', '/home/ada'), '/home/x.zip');
  assert.equal(resolveLockedLocation('git+https://host/x', '/home/ada'), 'https://host/x');
});

test('attune.lock: every field of the JSON Schema has a title and a description', () => {
  assert.deepEqual(undocumentedFields(schema), []);
});

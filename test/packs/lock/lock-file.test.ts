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
import { schemaValidator, unexplained } from '../../support/json-schema.ts';

const schemaProblems = schemaValidator(schema);
const DIGEST = `sha256:${'0a'.repeat(32)}`;
const PACK = { ref: 'core', version: '1.0.0', checksum: DIGEST, requested: true, dependencies: [] as unknown[] };

const textOf = (lock: unknown) => JSON.stringify(lock, null, 2);
const read = (text: string) => readLock(Buffer.from(text), 'attune.lock');

/** `line:column field: message` of everything that is wrong with a text. */
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

/** A lock whose packs need each other only, in any order. */
const lock: fc.Arbitrary<Lock> = fc.uniqueArray(ref, { maxLength: 6 }).chain((refs) =>
  fc
    .tuple(
      ...refs.map((own) =>
        fc.record({
          ref: fc.constant(own),
          version,
          checksum: fc
            .uint8Array({ minLength: 32, maxLength: 32 })
            .map((bytes) => ({ algorithm: 'sha256' as const, hex: Buffer.from(bytes).toString('hex') })),
          requested: fc.boolean(),
          dependencies: fc.uniqueArray(
            fc.record({ ref: fc.constantFrom(own, ...refs), range }, { noNullPrototype: true }),
            {
              selector: (need) => need.ref,
            },
          ),
        }),
      ),
    )
    .map((packs) => ({ packs: packs as LockedPack[] })),
);

const byRef = <T extends { readonly ref: string }>(items: readonly T[]) =>
  items.toSorted((one, other) => (one.ref < other.ref ? -1 : 1));
const sorted = ({ packs }: Lock) => byRef(packs.map((pack) => ({ ...pack, dependencies: byRef(pack.dependencies) })));

describe('a lock', () => {
  test('that is written is read as it was, and written to the same bytes', () => {
    fc.assert(
      fc.property(lock, (one) => {
        const text = formatLock(one);
        assert.deepEqual(sorted(read(text)), sorted(one));
        assert.equal(formatLock(read(text)), text);
        assert.deepEqual(schemaProblems(JSON.parse(text)), []);
      }),
    );
  });

  test('has the same bytes in whatever order its packs come', () => {
    fc.assert(
      fc.property(lock, ({ packs }) => {
        const turned = packs.map((pack) => ({ ...pack, dependencies: pack.dependencies.toReversed() })).toReversed();
        assert.equal(formatLock({ packs: turned }), formatLock({ packs }));
      }),
    );
  });

  test('looks as the contract says', () => {
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
    assert.equal(formatLock({ packs: [] }), '{\n  "lock_version": 1,\n  "packs": []\n}\n');
  });
});

/** What is wrong with one pack; `seen` says whether a schema can tell. */
const FAULTS: { claim: string; pack: object; want: string[]; seen?: false }[] = [
  { claim: 'a ref that is none', pack: { ref: 'Core' }, want: ["'Core' is no ref"] },
  { claim: 'a version of two numbers', pack: { version: '1.0' }, want: ["'1.0' is no semantic version"] },
  { claim: 'a digest of another kind', pack: { checksum: `sha512:${'0'.repeat(128)}` }, want: ['is no digest'] },
  { claim: 'a digest in capitals', pack: { checksum: DIGEST.toUpperCase() }, want: ['is no digest'] },
  { claim: 'a digest cut short', pack: { checksum: DIGEST.slice(0, -1) }, want: ['is no digest'] },
  { claim: 'a word for a boolean', pack: { requested: 'yes' }, want: ['expected true or false but found the string'] },
  {
    claim: 'a need that names no pack',
    pack: { dependencies: ['core@'] },
    want: ['does not say which pack is needed'],
  },
  { claim: 'a mapping for a need', pack: { dependencies: [{}] }, want: ['expected a string but found a mapping'] },
  { claim: 'a misspelled key', pack: { requsted: true }, want: ["unknown key, did you mean 'requested'?"] },
  { claim: 'an address', pack: { url: 'https://packs.example' }, want: ['unknown key'] },
  {
    claim: 'a need twice',
    pack: { dependencies: ['core', 'core@^1'] },
    want: ["'core' is there already"],
    seen: false,
  },
  {
    claim: 'a need that is not locked',
    pack: { dependencies: ['base'] },
    want: ["'base' is needed and not locked"],
    seen: false,
  },
  {
    claim: 'several things, all told in order',
    pack: { version: 'v1', requested: 1, dependencies: ['base'] },
    want: ["'v1' is no semantic version", 'expected true or false', "'base' is needed and not locked"],
  },
];

describe('a lock is refused that has', () => {
  for (const { claim, pack, want, seen } of FAULTS) {
    test(`${claim}`, () => {
      const document = { lock_version: 1, packs: [{ ...PACK, ...pack }] };
      const problems = problemsOf(textOf(document));
      assert.equal(problems.length, want.length, problems.join('\n'));
      for (const [at, part] of want.entries()) assert.ok(problems[at]?.includes(part), problems[at]);
      assert.equal(schemaProblems(document).length > 0, seen !== false);
    });
  }

  for (const key of Object.keys(PACK)) {
    test(`no ${key}`, () => {
      const document = { lock_version: 1, packs: [{ ...PACK, [key]: undefined }] };
      assert.match(problemsOf(textOf(document)).join(), new RegExp(`packs\\[0\\]\\.${key}: is missing`));
      assert.notDeepEqual(schemaProblems(JSON.parse(textOf(document))), []);
    });
  }

  test('a pack twice, told where the second one stands', () => {
    const text = textOf({ lock_version: 1, packs: [PACK, { ...PACK, version: '2.0.0' }] });
    assert.deepEqual(problemsOf(text), ["12:7 packs[1].ref: the pack 'core' is locked already"]);
  });

  test('a merge conflict, each of its lines told', () => {
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

  test('a version that only a newer attune knows, whatever else is in it', () => {
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
    test(`only ${JSON.stringify(text)}`, () => assert.notDeepEqual(problemsOf(text), []));
  }

  test('anything else in it, without harm', () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.constantFrom('ref', 'version', 'checksum', 'requested', 'dependencies', 'packs'),
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

test('everything that the JSON Schema of attune.lock names is explained, for editors to show', () => {
  assert.deepEqual(unexplained(schema), []);
});

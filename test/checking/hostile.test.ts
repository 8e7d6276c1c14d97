import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { DEFAULT_LIMITS } from '../../src/limits.ts';
import { diagnose, located, plant } from '../support/checking/planted.ts';

const isPosix = process.platform !== 'win32';

/** Each row makes a hostile pack; the diagnostic that it must have among others. */
const HOSTILE: readonly (readonly [name: string, make: (pack: string) => void, expected: string])[] = [
  ['no manifest', (pack) => writeFileSync(join(pack, 'pack.yaml'), ''), 'yaml-syntax pack.yaml:1:1'],
  [
    'a manifest without ref',
    (pack) => writeFileSync(join(pack, 'pack.yaml'), 'version: "1.2.0"\n'),
    'manifest-missing-ref pack.yaml:1:1',
  ],
  [
    'a link out of the pack',
    (pack) => symlinkSync('/etc/passwd', join(pack, 'lib/passwd.txt')),
    'package-link lib/passwd.txt:1:1',
  ],
  ['a link to its own parent', (pack) => symlinkSync('..', join(pack, 'lib/loop')), 'package-link lib/loop:1:1'],
  [
    'a component that is a link',
    (pack) => symlinkSync('/etc/hostname', join(pack, 'actions/host.yaml')),
    'package-link actions/host.yaml:1:1',
  ],
  [
    'a FIFO as a component',
    (pack) => execFileSync('mkfifo', [join(pack, 'actions/pipe.yaml')]),
    'package-link actions/pipe.yaml:1:1',
  ],
  ['a nested repository', (pack) => mkdirSync(join(pack, 'lib/.git')), 'package-link lib/.git:1:1'],
  [
    'a sparse file of 10 GiB',
    (pack) => sparse(join(pack, 'lib/big.bin'), 10 * 1024 ** 3),
    'package-size lib/big.bin:1:1',
  ],
  [
    'a component of 2 MiB',
    (pack) => sparse(join(pack, 'rules/big.yaml'), 2 * 1024 ** 2),
    'yaml-limits rules/big.yaml:1:1',
  ],
  ['an alias bomb', (pack) => writeFileSync(join(pack, 'rules/bomb.yaml'), bomb()), 'yaml-limits rules/bomb.yaml:5:8'],
  [
    'deep nesting',
    (pack) => writeFileSync(join(pack, 'rules/deep.yaml'), '['.repeat(5000)),
    'yaml-limits rules/deep.yaml:1:100',
  ],
  [
    'a pack that is no UTF-8',
    (pack) => writeFileSync(join(pack, 'pack.yaml'), Buffer.from([0xff, 0xfe])),
    'yaml-encoding pack.yaml:1:1',
  ],
  [
    'an entry point outside',
    (pack) => action(pack, '../../../../etc/passwd'),
    'action-entry-point-path actions/x.yaml:5:14',
  ],
  [
    'a prototype as a rule',
    (pack) => writeFileSync(join(pack, 'rules/p.yaml'), '__proto__: 1\nref: demo.p\n'),
    'rule-missing-field rules/p.yaml:1:1',
  ],
  ['more files than the limit', manyFiles, 'package-size pack.yaml:1:1'],
];

function sparse(path: string, size: number): void {
  writeFileSync(path, '');
  truncateSync(path, size);
}

function bomb(): string {
  const lines = ['a: &a [x, x, x, x, x, x, x, x, x, x]'];
  for (const [one, other] of ['ab', 'bc', 'cd', 'de', 'ef'])
    lines.push(`${other}: &${other} [${Array(10).fill(`*${one}`).join(', ')}]`);
  return `${lines.join('\n')}\n`;
}

function action(pack: string, entry: string): void {
  writeFileSync(
    join(pack, 'actions/x.yaml'),
    `ref: demo.x\nlabel: X\ndescription: X.\nrunner_type: shell\nentry_point: ${entry}\n`,
  );
}

function manyFiles(pack: string): void {
  const limit = DEFAULT_LIMITS.entries + 1;
  mkdirSync(join(pack, 'lib/many'));
  for (let index = 0; index < limit; index += 1) writeFileSync(join(pack, `lib/many/${index}`), '');
}

for (const [name, make, expected] of HOSTILE) {
  test(`check: ${name} is reported`, { skip: !isPosix, timeout: 60_000 }, (t) => {
    const pack = plant(t, {});
    make(pack);
    assert.ok(diagnose(pack).map(located).includes(expected), JSON.stringify(diagnose(pack).map(located), null, 1));
  });
}

test('check: a directory that cannot be read is reported', { skip: !isPosix || process.getuid?.() === 0 }, (t) => {
  const pack = plant(t, {});
  chmodSync(join(pack, 'lib'), 0);
  t.after(() => chmodSync(join(pack, 'lib'), 0o755));
  assert.ok(diagnose(pack).map(located).includes('package-link lib:1:1'));
});

/** Texts that would take quadratic or exponential time in a careless search. */
const SLOW: readonly (readonly [path: string, text: string])[] = [
  ['lib/a.py', 'get_key.sync('.repeat(80_000)],
  ['lib/b.py', 'import '.repeat(140_000)],
  ['lib/c.js', 'require('.repeat(120_000)],
  ['lib/d.txt', `-----BEGIN PRIVATE KEY-----${'A'.repeat(500)}`.repeat(1500)],
  ['requirements.txt', `${'@ '.repeat(400_000)}\n`],
  ['README.md', '`demo.'.repeat(150_000)],
  ['.gitattributes', `a${' x'.repeat(400_000)}\n`],
  ['actions/workflows/deploy.workflow.yaml', workflow(12_000)],
  ['rules/on_tick.yaml', rule(20_000)],
  ['actions/clean.yaml', schema()],
];

function workflow(tasks: number): string {
  const lines = Array.from(
    { length: tasks },
    (_, index) => `- {name: t${index}, action: a.b, join: 2, next: [{do: [t${index + 1}]}]}`,
  );
  return `version: "1"\ntasks:\n${lines.join('\n')}\n`;
}

function rule(params: number): string {
  const lines = Array.from({ length: params }, (_, index) => `  p${index}: "{{ event.payload.x${index} }}"`);
  return `ref: demo.on_tick\ntrigger_ref: demo.tick\naction_ref: demo.greet\naction_params:\n${lines.join('\n')}\n`;
}

function schema(): string {
  const pattern = `{type: string, pattern: '^(a|a)*$', default: '${'a'.repeat(100)}b'}`;
  const polynomial = `{type: string, pattern: 'a*a*a*a*a*a*a*b', default: '${'a'.repeat(190)}'}`;
  return `ref: demo.clean\nparameters:\n  one: ${pattern}\n  two: ${polynomial}\n  three: {type: integer, default: ${'1_'.repeat(20_000)}x}\n`;
}

for (const [path, text] of SLOW) {
  test(`check: ${path} with ${text.length} hostile characters takes less than 10 seconds`, { timeout: 60_000 }, (t) => {
    const pack = plant(t, { [path]: text });
    const start = performance.now();
    diagnose(pack);
    assert.ok(performance.now() - start < 10_000, `${performance.now() - start} ms`);
  });
}

test('check: arbitrary text in place of any file never throws', (t) => {
  const paths = [
    'pack.yaml',
    'actions/greet.yaml',
    'actions/workflows/deploy.workflow.yaml',
    'rules/on_tick.yaml',
    'queues/greetings.yaml',
  ];
  const pack = plant(t, {});
  const values = fc.oneof(
    fc.string(),
    fc.integer(),
    fc.constant(null),
    fc.boolean(),
    fc.constant([]),
    fc.constant({}),
    fc.constant([{}]),
    fc.constant([null]),
  );
  const keys = fc.constantFrom(
    ...[
      'ref',
      'parameters',
      'output',
      'tasks',
      'vars',
      'next',
      'input',
      'conditions',
      'grants',
      'config',
      'testing',
      'meta',
      'dependencies',
      'runtime_deps',
      'entry_point',
      'conf_schema',
      'name',
      'type',
      'with_items',
      'dispatch',
      '__proto__',
    ],
  );
  const tree = fc.letrec((tie) => ({
    node: fc.oneof(
      { depthSize: 'small' },
      values,
      fc.dictionary(keys, tie('node')),
      fc.array(tie('node'), { maxLength: 3 }),
    ),
  })).node;
  fc.assert(
    fc.property(fc.constantFrom(...paths), tree, (path, value) => {
      writeFileSync(join(pack, path), JSON.stringify(value) ?? '');
      diagnose(pack);
    }),
    { numRuns: 300 },
  );
});

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Chalk } from 'chalk';
import fc from 'fast-check';
import { treeDot, treeMermaid } from '../../../src/cli/views/pack/tree/graph.ts';
import { treeView } from '../../../src/cli/views/pack/tree/tree.ts';
import type { PackTree, TreePack } from '../../../src/operations/installed/pack-tree.ts';
import { createCliHarness } from '../../support/cli.ts';
import { packFiles, writeRegistry } from '../../support/registry/server.ts';
import { writeFiles } from '../../support/store.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

// One harness for all tests, which only read it. `lost` was a dependency of `gone`, which was uninstalled; the dependency
// of `odd` on `base` is not satisfied.
const registry = writeRegistry(temporaryDirectory({ after }), [
  { ref: 'base' },
  { ref: 'lost' },
  { ref: 'middle', dependencies: ['base@^1'] },
]);
const harness = createCliHarness({ after }, { ATTUNE_REGISTRY_INDICES: registry });
writeFiles(join(harness.directory, 'gone'), packFiles({ ref: 'gone', dependencies: ['lost'] }));
writeFiles(join(harness.directory, 'odd'), packFiles({ ref: 'odd', dependencies: ['absent>=2', 'base@^2'] }));
writeFiles(join(harness.directory, 'side'), packFiles({ ref: 'side', dependencies: ['middle'] }));
writeFiles(join(harness.directory, 'top'), packFiles({ ref: 'top', dependencies: ['middle', 'base'] }));
await harness.attune('pack', 'install', './gone', './side', './top');
await harness.attune('pack', 'install', './odd', '--skip-deps');
await harness.attune('pack', 'uninstall', 'gone', '--yes');

test('tree: starts with the requested packs, draws nothing twice, and marks missing and unsatisfied dependencies', async () => {
  const { status, stdout, stderr } = await harness.attune('pack', 'tree');
  assert.equal(status, 0, stderr);
  assert.equal(
    stdout,
    `odd 1.0.0
├── absent >=2: not installed
└── base 1.0.0, but ^2 is needed
side 1.0.0
└── middle 1.0.0
    └── base 1.0.0 (^1)
top 1.0.0
├── base 1.0.0
└── middle 1.0.0 (*)
lost 1.0.0 (no longer needed)
`,
  );
  assert.equal((await harness.attune('pack', 'tree', '--format', 'text')).stdout, stdout);
  assert.equal((await harness.attune('pack', 'tree', '--format', 'table')).stdout, stdout);
});

test('tree: the JSON result has every pack with its dependencies, also with --yaml and --format json', async () => {
  const { document } = await harness.json('pack', 'tree');
  assert.deepEqual(document.roots, ['odd', 'side', 'top', 'lost']);
  const byRef = Object.fromEntries(document.packs.map((pack: TreePack) => [pack.ref, pack]));
  assert.deepEqual(Object.keys(byRef), ['base', 'lost', 'middle', 'odd', 'side', 'top']);
  assert.deepEqual(byRef['odd'], {
    ref: 'odd',
    version: '1.0.0',
    requested: true,
    pinned: false,
    needed: true,
    requires: [
      { ref: 'absent', range: '>=2', version: null, satisfied: false },
      { ref: 'base', range: '^2', version: '1.0.0', satisfied: false },
    ],
  });
  assert.deepEqual([byRef['lost'].requested, byRef['lost'].needed], [false, false]);
  assert.deepEqual(JSON.parse((await harness.attune('pack', 'tree', '--format', 'json')).stdout), document);
  assert.match((await harness.attune('pack', 'tree', '--yaml')).stdout, /^roots:\n/);
});

test('tree: a ref is the root of its dependencies', async () => {
  assert.equal(
    (await harness.attune('pack', 'tree', 'side')).stdout,
    'side 1.0.0\n└── middle 1.0.0\n    └── base 1.0.0 (^1)\n',
  );
});

test('tree: --why draws the dependents of an installed or missing pack up to the requested ones', async () => {
  assert.equal(
    (await harness.attune('pack', 'tree', '--why', 'base')).stdout,
    `base 1.0.0
├── middle 1.0.0 needs ^1
│   ├── side 1.0.0 (requested)
│   └── top 1.0.0 (requested)
├── odd 1.0.0 needs ^2 (not satisfied) (requested)
└── top 1.0.0 (requested)
`,
  );
  assert.equal(
    (await harness.attune('pack', 'tree', '--why', 'absent')).stdout,
    'absent: not installed\n└── odd 1.0.0 needs >=2 (not satisfied) (requested)\n',
  );
  assert.equal(
    (await harness.attune('pack', 'tree', 'side', '--why', 'base')).stdout,
    'base 1.0.0\n└── middle 1.0.0 needs ^1\n    └── side 1.0.0 (requested)\n',
  );
  assert.equal(
    (await harness.attune('pack', 'tree', '--why', 'top')).stdout,
    'top 1.0.0 (requested)\nNo pack depends on it.\n',
  );
  const { document } = await harness.json('pack', 'tree', '--why', 'middle');
  assert.equal(document.why, 'middle');
  assert.deepEqual(
    document.packs.map(({ ref, requires }: TreePack) => [ref, requires.map((dependency) => dependency.ref)]),
    [
      ['middle', []],
      ['side', ['middle']],
      ['top', ['middle']],
    ],
  );
});

test('tree: an unknown pack exits 4 with a suggestion', async () => {
  for (const args of [['sied'], ['--why', 'sied']]) {
    const { status, document } = await harness.json('pack', 'tree', ...args);
    assert.equal(status, 4);
    assert.match(document.error.hint, /Did you mean 'side'\?/);
    const drawn = await harness.attune('pack', 'tree', ...args, '--format', 'dot');
    assert.deepEqual([drawn.status, drawn.stdout], [4, '']);
    assert.match(drawn.stderr, /'sied' is not installed/);
  }
});

test('tree: is empty if no pack is installed', async (t) => {
  const empty = createCliHarness(t);
  assert.match((await empty.attune('pack', 'tree')).stdout, /No packs are installed/);
  assert.deepEqual((await empty.json('pack', 'tree')).document, { roots: [], why: null, packs: [] });
});

const QUOTED = String.raw`"(?:[^"\\]|\\.)*"`;

/** Parses the subset of the DOT language that attune writes; `undefined` for anything else. */
function readDot(text: string): { nodes: string[]; edges: [string, string][] } | undefined {
  const lines = text.split('\n');
  if (lines.shift() !== 'digraph packs {' || lines.pop() !== '' || lines.pop() !== '}') return undefined;
  const read = { nodes: [] as string[], edges: [] as [string, string][] };
  for (const line of lines.slice(1)) {
    const match = new RegExp(`^ {2}(${QUOTED})(?: -> (${QUOTED}))? \\[label=${QUOTED}(?:, style=dashed)?\\];$`).exec(
      line,
    );
    if (!match) return undefined;
    const [from = '', to] = match.slice(1, 3).map((quoted) => quoted && JSON.parse(quoted));
    if (to === undefined) read.nodes.push(from);
    else read.edges.push([from, to]);
  }
  return read;
}

/** Parses the subset of Mermaid flowcharts that attune writes; `undefined` if a label contains special characters. */
function readMermaid(text: string): { nodes: string[]; edges: [string, string][] } | undefined {
  const lines = text.split('\n');
  if (lines.shift() !== 'flowchart TD' || lines.pop() !== '' || !lines.pop()?.startsWith('  classDef '))
    return undefined;
  const read = { nodes: [] as string[], edges: [] as [string, string][] };
  for (const line of lines) {
    const node = /^ {2}(p\d+)\["[\w .,:/*+#;-]*"\](?::::missing)?$/.exec(line);
    const edge = /^ {2}(p\d+) -\.?->(?:\|"[\w .,:/*+#;-]*"\|)? (p\d+)$/.exec(line);
    if (node) read.nodes.push(node[1]!);
    else if (edge) read.edges.push([edge[1]!, edge[2]!]);
    else return undefined;
  }
  return read;
}

test('tree: dot and mermaid draw every pack, missing ones too, and every dependency once', async () => {
  const dot = readDot((await harness.attune('pack', 'tree', '--format', 'dot')).stdout);
  assert.deepEqual(dot?.nodes, ['base', 'lost', 'middle', 'odd', 'side', 'top', 'absent']);
  assert.deepEqual(
    dot?.edges.map((edge) => edge.join(' > ')),
    ['middle > base', 'odd > absent', 'odd > base', 'side > middle', 'top > base', 'top > middle'],
  );
  const mermaid = readMermaid((await harness.attune('pack', 'tree', '--format', 'mermaid')).stdout);
  assert.deepEqual([mermaid?.nodes.length, mermaid?.edges.length], [7, 6]);
});

const trees = fc
  .uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'end'), { minLength: 1 })
  .chain((refs) =>
    fc.tuple(
      ...refs.map((ref) =>
        fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'end', 'gone'), fc.string())).map(
          (dependencies): TreePack => ({
            ref,
            version: '1.0.0',
            requested: true,
            pinned: false,
            needed: true,
            requires: dependencies.map(([other, range]) => ({ ref: other, range, version: null, satisfied: false })),
          }),
        ),
      ),
    ),
  )
  .map((packs): PackTree => ({ roots: packs.map(({ ref }) => ref), why: null, packs }));

test('tree: special characters in a range stay inside its label in dot and mermaid', () => {
  const oneLine = (text: string) => text.replace(/[\n\r]/g, ' ');
  fc.assert(
    fc.property(trees, (tree) => {
      const [dot, mermaid] = [readDot(oneLines(treeDot, tree)), readMermaid(oneLines(treeMermaid, tree))];
      const edges = tree.packs.reduce((sum, { requires }) => sum + requires.length, 0);
      assert.equal(dot?.edges.length, edges);
      assert.equal(mermaid?.edges.length, edges);
    }),
  );
  /** Draws a tree whose values are on one line, as the command passes them. */
  function oneLines(draw: (tree: PackTree) => string, tree: PackTree): string {
    const packs = tree.packs.map((pack) => ({
      ...pack,
      requires: pack.requires.map((dependency) => ({ ...dependency, range: oneLine(dependency.range) })),
    }));
    return draw({ ...tree, packs });
  }
});

test('tree: a dependency cycle is drawn once', () => {
  const pack = (ref: string, needed: string): TreePack => ({
    ref,
    version: '1.0.0',
    requested: true,
    pinned: false,
    needed: true,
    requires: [{ ref: needed, range: '*', version: '1.0.0', satisfied: true }],
  });
  const tree: PackTree = { roots: ['a', 'b'], why: null, packs: [pack('a', 'b'), pack('b', 'a')] };
  const plain = new Chalk({ level: 0 });
  assert.equal(treeView(tree, plain), 'a 1.0.0\n└── b 1.0.0\n    └── a 1.0.0 (*)\nb 1.0.0 (*)\n');
  assert.equal(treeView({ ...tree, why: 'a' }, plain).split('\n').length, 4);
});

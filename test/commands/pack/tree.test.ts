import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Chalk } from 'chalk';
import fc from 'fast-check';
import { type Branch, drawForest } from '../../../src/cli/text/tree.ts';
import { treeView } from '../../../src/cli/views/pack/tree.ts';
import { treeDot, treeMermaid } from '../../../src/cli/views/pack/tree-graph.ts';
import type { PackTree, TreePack } from '../../../src/operations/installed/pack-tree.ts';
import { createCliHarness } from '../../support/cli.ts';
import { packFiles, writeRegistry } from '../../support/registry/server.ts';
import { writeFiles } from '../../support/store.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

// One harness, built once; the tests only look at it. `lost` came for `gone`, which was removed; `base` of `odd` is not there.
const registry = writeRegistry(temporaryDirectory({ after }), [
  { ref: 'base' },
  { ref: 'lost' },
  { ref: 'middle', needs: ['base@^1'] },
]);
const harness = createCliHarness({ after }, { ATTUNE_REGISTRY_INDICES: registry });
writeFiles(join(harness.directory, 'gone'), packFiles({ ref: 'gone', needs: ['lost'] }));
writeFiles(join(harness.directory, 'odd'), packFiles({ ref: 'odd', needs: ['absent>=2', 'base@^2'] }));
writeFiles(join(harness.directory, 'side'), packFiles({ ref: 'side', needs: ['middle'] }));
writeFiles(join(harness.directory, 'top'), packFiles({ ref: 'top', needs: ['middle', 'base'] }));
await harness.attune('pack', 'install', './gone', './side', './top');
await harness.attune('pack', 'install', './odd', '--skip-deps');
await harness.attune('pack', 'uninstall', 'gone');

test('the tree begins with what was asked for, draws nothing twice, and says what is missing and what will not do', async () => {
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

test('the JSON document has every pack with what it requires, and --yaml and --format json say the same', async () => {
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

test('a ref is the root of what it needs', async () => {
  assert.equal(
    (await harness.attune('pack', 'tree', 'side')).stdout,
    'side 1.0.0\n└── middle 1.0.0\n    └── base 1.0.0 (^1)\n',
  );
});

test('--why goes up to what was asked for, also from a pack that is missing', async () => {
  assert.equal(
    (await harness.attune('pack', 'tree', '--why', 'base')).stdout,
    `base 1.0.0
├── middle 1.0.0 needs ^1
│   ├── side 1.0.0 (asked for)
│   └── top 1.0.0 (asked for)
├── odd 1.0.0 needs ^2 (not satisfied) (asked for)
└── top 1.0.0 (asked for)
`,
  );
  assert.equal(
    (await harness.attune('pack', 'tree', '--why', 'absent')).stdout,
    'absent: not installed\n└── odd 1.0.0 needs >=2 (not satisfied) (asked for)\n',
  );
  assert.equal(
    (await harness.attune('pack', 'tree', 'side', '--why', 'base')).stdout,
    'base 1.0.0\n└── middle 1.0.0 needs ^1\n    └── side 1.0.0 (asked for)\n',
  );
  assert.equal(
    (await harness.attune('pack', 'tree', '--why', 'top')).stdout,
    'top 1.0.0 (asked for)\nNo pack of this tree needs it.\n',
  );
  const { document } = await harness.json('pack', 'tree', '--why', 'middle');
  assert.equal(document.why, 'middle');
  assert.deepEqual(
    document.packs.map(({ ref, requires }: TreePack) => [ref, requires.map((need) => need.ref)]),
    [
      ['middle', []],
      ['side', ['middle']],
      ['top', ['middle']],
    ],
  );
});

test('what is not installed and what nobody needs has no tree, and the nearest is named', async () => {
  for (const words of [['sied'], ['--why', 'sied']]) {
    const { status, document } = await harness.json('pack', 'tree', ...words);
    assert.equal(status, 4);
    assert.match(document.error.hint, /Did you mean: side/);
    const drawn = await harness.attune('pack', 'tree', ...words, '--format', 'dot');
    assert.deepEqual([drawn.status, drawn.stdout], [4, '']);
    assert.match(drawn.stderr, /'sied' is not installed/);
  }
});

test('a store without packs has a tree without packs, in every form', async (t) => {
  const empty = createCliHarness(t);
  assert.match((await empty.attune('pack', 'tree')).stdout, /No packs are installed/);
  assert.deepEqual((await empty.json('pack', 'tree')).document, { roots: [], why: null, packs: [] });
});

const QUOTED = String.raw`"(?:[^"\\]|\\.)*"`;

/** Reads the part of the DOT language that is written: `undefined` for what is none of it. */
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

/** Reads the part of Mermaid's flowcharts that is written. Labels hold nothing that ends them. */
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

test('dot and mermaid draw every pack once, the missing too, and every need', async () => {
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
          (needs): TreePack => ({
            ref,
            version: '1.0.0',
            requested: true,
            pinned: false,
            needed: true,
            requires: needs.map(([other, range]) => ({ ref: other, range, version: null, satisfied: false })),
          }),
        ),
      ),
    ),
  )
  .map((packs): PackTree => ({ roots: packs.map(({ ref }) => ref), why: null, packs }));

test('no range gets out of its label, whatever is in it', () => {
  const oneLine = (text: string) => text.replace(/[\n\r]/g, ' ');
  fc.assert(
    fc.property(trees, (tree) => {
      const [dot, mermaid] = [readDot(oneLines(treeDot, tree)), readMermaid(oneLines(treeMermaid, tree))];
      const edges = tree.packs.reduce((sum, { requires }) => sum + requires.length, 0);
      assert.equal(dot?.edges.length, edges);
      assert.equal(mermaid?.edges.length, edges);
    }),
  );
  /** As the command hands it on: every value on one line. */
  function oneLines(draw: (tree: PackTree) => string, tree: PackTree): string {
    const packs = tree.packs.map((pack) => ({
      ...pack,
      requires: pack.requires.map((need) => ({ ...need, range: oneLine(need.range) })),
    }));
    return draw({ ...tree, packs });
  }
});

test('a tree of packs that need each other in a circle comes to an end', () => {
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

test('a forest draws what is below a thing once, however often the thing is named', () => {
  const graphs = fc.array(fc.array(fc.nat(5), { maxLength: 4 }), { minLength: 6, maxLength: 6 });
  fc.assert(
    fc.property(graphs, (below) => {
      const branch = (at: number): Branch => ({ key: `${at}`, label: `${at}`, below: () => below[at]!.map(branch) });
      const lines = drawForest(below.map((_, at) => branch(at)));
      assert.equal(lines.length, 6 + below.flat().length);
    }),
  );
});

test('a long chain is drawn', () => {
  const branch = (left: number): Branch => ({
    key: `${left}`,
    label: '',
    below: () => (left ? [branch(left - 1)] : []),
  });
  assert.equal(drawForest([branch(2000)]).length, 2001);
});

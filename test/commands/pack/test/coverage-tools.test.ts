/** Compares the figures of `pack test --coverage` with those of coverage.py and Node, and reads its files with other parsers. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { FIXTURES } from '../../../support/attune.ts';
import { createCliHarness } from '../../../support/cli.ts';
import { writeFiles } from '../../../support/store.ts';
import { temporaryDirectory } from '../../../support/temporary.ts';
import { cannotIsolate } from '../../../support/testing/isolation.ts';
import { installPythonPackages } from '../../../support/testing/python-packages.ts';

const packages = installPythonPackages({ after }, [
  'coverage',
  'pytest',
  'pytest-cov',
  'pycobertura',
  'lcov_cobertura',
]);
const skip = packages.skip;
// Node of the tests, also where attune is an executable.
const PATH = [dirname(process.execPath), packages.path].join(':');
const harness = createCliHarness({ after }, { PATH });

/** Copies a fixture, because the reference runs write to the pack. */
function copyOf(test: TestContext, name: string): string {
  const directory = join(temporaryDirectory(test), name);
  cpSync(join(FIXTURES, 'packs', name), directory, { recursive: true });
  return directory;
}

function output(cwd: string, command: string, ...args: string[]): string {
  const { stdout, stderr, status } = spawnSync(command, args, { cwd, encoding: 'utf8', env: { PATH } });
  assert.equal(status, 0, stderr || stdout);
  return stdout;
}

interface Figures {
  readonly path: string;
  readonly total: number;
  readonly covered: number;
  readonly missing: readonly (readonly [number, number])[];
}

const byPath = (one: Figures, other: Figures) => (one.path < other.path ? -1 : 1);
const figuresOf = (files: readonly Figures[]) =>
  files.map(({ path, total, covered, missing }) => ({ path, total, covered, missing })).sort(byPath);

/** Parses the table of `coverage report -m`. */
function parseReport(text: string): { readonly files: Figures[]; readonly percent: number } {
  const rows = [...text.matchAll(/^(\S+)\s+(\d+)\s+(\d+)\s+(\d+)%(?:\s+(\d.*))?$/gm)];
  const files = rows.map(([, path = '', statements, missed, , lines]) => ({
    path,
    total: Number(statements),
    covered: Number(statements) - Number(missed),
    missing: (lines?.split(', ') ?? []).map((section) => {
      const [from = Number.NaN, to = from] = section.split('-').map(Number);
      return [from, to] as const;
    }),
  }));
  const percent = Number(rows.find(([, path]) => path === 'TOTAL')?.[4]);
  return { files: files.filter(({ path }) => path !== 'TOTAL').sort(byPath), percent };
}

/** A server thread of http-tools may end before or after its last line. */
const UNSTABLE = 'tests/local_server.py';

const PYTHON: { pack: string; runtime: string; reference: readonly string[] }[] = [
  { pack: 'deploy', runtime: 'unittest', reference: ['unittest', 'tests/test_plan_release.py'] },
  { pack: 'http-tools', runtime: 'unittest', reference: ['unittest', 'discover', '-s', 'tests', '-t', '.'] },
  { pack: 'monitoring', runtime: 'unittest', reference: ['unittest', 'tests.test_evaluate'] },
  { pack: 'pytest-pack', runtime: 'pytest', reference: ['pytest', '-q', 'tests'] },
];

for (const { pack, runtime, reference } of PYTHON) {
  test(`pack test --coverage: the figures of ${pack} (${runtime}) are those of coverage report`, {
    skip,
  }, async (t) => {
    const directory = copyOf(t, pack);
    const { document } = await harness.json('pack', 'test', directory, '--coverage', '--runtime', runtime);
    const { coverage } = document;
    output(directory, packages.python, '-m', 'coverage', 'run', '-m', ...reference);
    const { files, percent } = parseReport(output(directory, packages.python, '-m', 'coverage', 'report', '-m'));
    assert.ok(files.length > 1);
    const stable = ({ path }: Figures) => path !== UNSTABLE;
    assert.deepEqual(figuresOf(coverage.files).filter(stable), files.filter(stable));
    if (files.every(stable)) assert.equal(Math.round(coverage.lines.pct), percent);
    assert.deepEqual(coverage.unmeasured, []);
  });
}

/** Parses the output of Node's LCOV reporter. */
function parseLcov(text: string): Figures[] {
  return text
    .split('end_of_record\n')
    .slice(0, -1)
    .map((record) => {
      const field = (name: string) => new RegExp(`^${name}:(.*)$`, 'm').exec(record)?.[1] ?? '';
      const lines = [...record.matchAll(/^DA:(\d+),(\d+)/gm)].map(
        ([, line, hits]) => [Number(line), Number(hits)] as const,
      );
      const missing: [number, number][] = [];
      for (const [index, [line, hits]] of lines.entries()) {
        const last = missing.at(-1);
        if (hits > 0) continue;
        if (last !== undefined && lines[index - 1]?.[1] === 0) last[1] = line;
        else missing.push([line, line]);
      }
      return { path: field('SF'), total: Number(field('LF')), covered: Number(field('LH')), missing };
    })
    .sort(byPath);
}

test("pack test --coverage: the figures of text-tools (node) are those of Node's own reporter", async (t) => {
  const directory = copyOf(t, 'text-tools');
  const { document } = await harness.json('pack', 'test', directory, '--coverage');
  const reporter = ['--test-reporter=lcov', '--test-reporter-destination=stdout'];
  const tests = ['actions', 'csv', 'slugify'].map((name) => `tests/${name}.test.mjs`);
  const lcov = output(directory, process.execPath, '--test', '--experimental-test-coverage', ...reporter, ...tests);
  const files = parseLcov(lcov).map((file) => ({ ...file, path: relative(directory, join(directory, file.path)) }));
  assert.ok(files.length > 3);
  assert.deepEqual(figuresOf(document.coverage.files), files);
});

/** Prints what third-party parsers read from the two files. */
const READER = `
import json, sys
from pycobertura import Cobertura
from lcov_cobertura import LcovCobertura
import xml.etree.ElementTree as tree

read = Cobertura(sys.argv[1])
cobertura = {name: [read.total_statements(name), read.total_misses(name)] for name in read.files()}
converted = tree.fromstring(LcovCobertura(open(sys.argv[2]).read()).convert())
lcov = {}
for item in converted.iter("class"):
    hits = [int(line.get("hits")) for line in item.iter("line")]
    lcov[item.get("filename")] = [len(hits), hits.count(0)]
print(json.dumps({"cobertura": cobertura, "lcov": lcov}))
`;

test('pack test: pycobertura and lcov_cobertura read the figures from --cobertura and --lcov', { skip }, async (t) => {
  const directory = copyOf(t, 'http-tools');
  const files = { cobertura: join(directory, 'out', 'cobertura.xml'), lcov: join(directory, 'out', 'lcov.info') };
  const flags = ['--cobertura', files.cobertura, '--lcov', files.lcov];
  const { document } = await harness.json('pack', 'test', directory, ...flags);
  const read = JSON.parse(output(directory, packages.python, '-c', READER, files.cobertura, files.lcov));
  const expected = Object.fromEntries(
    document.coverage.files
      .filter(({ total }: Figures) => total > 0)
      .map(({ path, total, covered }: Figures) => [join(directory, path), [total, total - covered]]),
  );
  assert.ok(Object.keys(expected).length > 1);
  const nonEmpty = (found: Record<string, [number, number]>) =>
    Object.fromEntries(
      Object.entries(found)
        .filter(([, [total]]) => total > 0)
        .map(([path, figures]) => [resolve(directory, path), figures]),
    );
  assert.deepEqual(nonEmpty(read.cobertura), expected);
  assert.deepEqual(nonEmpty(read.lcov), expected);
});

const CHOOSE = `def choose(value):
    if value:
        return 1
    return 2
`;
const UNITTEST = `import os, subprocess, sys, unittest
sys.path.insert(0, "actions")
import choose

class Test(unittest.TestCase):
    def test_choose(self):
        self.assertEqual(choose.choose(True), 1)
`;
const manifestOf = (type: string) =>
  `ref: measured\nversion: 1.0.0\ntesting:\n  runners:\n    python: { type: ${type}, entry_point: tests/test_choose.py }\n`;
const PYTEST = `${UNITTEST.split('class')[0]}
def test_choose():
    assert choose.choose(True) == 1
`;
const COVERED = ['actions/choose.py 3/4 [[4,4]]'];

const CONFIGURED: { claim: string; type?: string; files: Record<string, string>; actions: string[]; why?: RegExp }[] = [
  { claim: 'without a configuration, the executed lines count', files: {}, actions: COVERED },
  {
    claim: "the pack's configuration of coverage.py holds",
    files: { '.coveragerc': '[report]\nexclude_lines = return 2\n' },
    actions: ['actions/choose.py 3/3 []'],
  },
  {
    claim: 'lines that child processes execute count where the configuration asks for them',
    files: {
      '.coveragerc': '[run]\npatch = subprocess\nparallel = true\n',
      'tests/test_choose.py': `${UNITTEST}
    def test_child(self):
        code = "import sys; sys.path.insert(0, 'actions'); import choose; choose.choose(False)"
        subprocess.run([sys.executable, "-c", code], check=True)
`,
    },
    actions: ['actions/choose.py 4/4 []'],
  },
  {
    claim: 'a broken configuration of coverage.py is a warning',
    files: { '.coveragerc': 'no section' },
    actions: [],
    why: /^coverage\.py: Couldn't read .*\.coveragerc/,
  },
  {
    claim: "a module of the pack that is named 'coverage' is a warning",
    files: { 'coverage.py': 'raise SystemExit("this is not coverage.py")\n' },
    actions: [],
    why: /^the pack has a module named 'coverage'/,
  },
  {
    claim: 'a working directory that a test changed or removed does not count',
    files: {
      'tests/test_choose.py': `${UNITTEST}
    def test_directory(self):
        os.mkdir("gone"); os.chdir("gone"); os.rmdir("../gone")
`,
    },
    actions: COVERED,
  },
  {
    claim: 'a module that a test generated does not count',
    files: {
      'tests/test_choose.py': `${UNITTEST}
    def test_generated(self):
        with open("actions/generated.py", "w") as file: file.write("x = 1")
        import generated
        self.assertEqual(generated.x, 1)
`,
    },
    actions: COVERED,
  },
  {
    claim: 'a process that a test forks does not write the coverage',
    files: {
      'tests/test_choose.py': `${UNITTEST}
    def test_fork(self):
        child = os.fork()
        if child == 0: sys.exit(0)
        os.waitpid(child, 0)
`,
    },
    actions: COVERED,
  },
  {
    claim: 'options of pytest-cov in the configuration do not disturb the measurement',
    type: 'pytest',
    files: {
      'tests/test_choose.py': PYTEST,
      'pytest.ini': '[pytest]\naddopts = --cov=actions --cov-fail-under=99\nfilterwarnings = error\n',
    },
    actions: COVERED,
  },
];

for (const { claim, type = 'unittest', files, actions, why } of CONFIGURED) {
  test(`pack test --coverage (${type}): ${claim}`, { skip }, async (t) => {
    const directory = join(temporaryDirectory(t), 'measured');
    const pack = { 'pack.yaml': manifestOf(type), 'actions/choose.py': CHOOSE, 'tests/test_choose.py': UNITTEST };
    writeFiles(directory, { ...pack, ...files });
    const { document } = await harness.json('pack', 'test', directory, '--coverage');
    assert.equal(document.status, 'passed', JSON.stringify(document.test_suites));
    const found = document.coverage.files.filter(({ path }: Figures) => path.startsWith('actions/'));
    const lines = found.map(
      ({ path, covered, total, missing }: Figures) => `${path} ${covered}/${total} ${JSON.stringify(missing)}`,
    );
    const reasons = document.coverage.unmeasured.map(({ reason }: { reason: string }) => reason);
    assert.deepEqual(lines, actions, JSON.stringify(reasons));
    if (why === undefined) assert.deepEqual(reasons, []);
    else assert.match(reasons[0], why);
  });
}

const isolation = cannotIsolate('bwrap', undefined) && cannotIsolate('unshare', undefined);
test('pack test --coverage --sandbox --limits: isolated tests are measured', { skip: isolation || skip }, async (t) => {
  const directory = copyOf(t, 'pytest-pack');
  const plain = await harness.json('pack', 'test', directory, '--coverage');
  const isolated = await harness.json('pack', 'test', directory, '--coverage', '--sandbox', '--limits');
  assert.equal(isolated.document.confinement.files, 'isolated');
  assert.deepEqual(isolated.document.coverage, plain.document.coverage);
  assert.ok(plain.document.coverage.lines.covered > 0);
});

test('pack test --coverage --env: coverage.py comes from the requirements of the pack', { skip }, async (t) => {
  const directory = copyOf(t, 'deploy');
  writeFiles(directory, { 'requirements-test.txt': 'coverage\n' });
  const without = { PATH: process.env['PATH'] };
  const { document } = await harness.jsonWith(
    without,
    'pack',
    'test',
    directory,
    '--coverage',
    '--env',
    '--runtime',
    'python',
  );
  assert.equal(document.status, 'passed', JSON.stringify(document));
  assert.deepEqual(document.coverage.unmeasured, []);
  assert.ok(document.coverage.lines.covered > 0);
});

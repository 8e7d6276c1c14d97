/**
 * Runs the suite, except for the files `*.slow.test.ts`; with `--slow`, these alone. The black-box tests run a newly built
 * program: on Linux the standalone executable, without Node, npm and git on its `PATH`, on other systems the bundle.
 * `ATTUNE_BIN` names another executable; an empty value selects the bundle. A single file, as in
 * `node --test test/commands/pack/show.test.ts`, runs the sources.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, globSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { writeBundle } from '../bin/build/bundle.ts';

const root = dirname(import.meta.dirname);
const BUILT = process.platform === 'linux' ? join(root, 'dist', `attune-linux-${process.arch}`) : '';
/** The folders of the layers whose tests call functions directly. */
const DIRECT_CALLS =
  /^test[\\/](archives|config|documents|operations|packs|platform|registry|resolver|sources|store|testing)[\\/]/;
/** More files than cores, because many tests wait for time limits, servers and the disk. */
const FILES_AT_ONCE = 2 * availableParallelism();
/** Removes the arguments, which bin/build/executable.ts would read as targets. */
const SLOW = process.argv.splice(2).includes('--slow');
const given = process.env['ATTUNE_BIN'];
const executable = given === undefined ? BUILT : given && resolve(given);

if (given === undefined && executable) await import('../bin/build/executable.ts');
else await writeBundle();

const shared = mkdtempSync(join(tmpdir(), 'attune-shared-'));
// Some tests run as another user.
chmodSync(shared, 0o755);
const programs = join(shared, 'programs');
mkdirSync(programs);
try {
  const args = ['--test', `--test-concurrency=${FILES_AT_ONCE}`, ...testFiles(join(shared, 'groups'))];
  const { status } = spawnSync(process.execPath, args, {
    cwd: root,
    env: {
      ...process.env,
      ...(executable ? { ATTUNE_BIN: executable, ATTUNE_TEST_PATH: withoutNodeAndGit(programs) } : { ATTUNE_BIN: '' }),
      ATTUNE_TEST_PROGRAM: join(root, 'test', 'support', 'bundled.cjs'),
      // Shared by the test files and the programs that they start: most of them compile the same modules.
      NODE_COMPILE_CACHE: join(shared, 'compiled'),
    },
    stdio: 'inherit',
  });
  process.exitCode = status ?? 1;
} finally {
  rmSync(shared, { recursive: true });
}

/**
 * Returns the test files. The tests of a layer that call its functions directly run in one process, because loading the
 * modules of the program in a process for each file takes a quarter of the time of all tests.
 * @param groups a new directory, for files that import all test files of a layer
 */
function testFiles(groups: string): string[] {
  const files = globSync('test/**/*.test.ts', { cwd: root }).filter((file) => file.endsWith('.slow.test.ts') === SLOW);
  const layers = Object.groupBy(files, (file) => DIRECT_CALLS.exec(file)?.[1] ?? '');
  const { '': programs = [], ...direct } = layers;
  mkdirSync(groups);
  const entries = Object.entries(direct).map(([layer, members = []]) => {
    const entry = join(groups, `${layer}.test.mjs`);
    const imports = members.sort().map((file) => `import ${JSON.stringify(pathToFileURL(join(root, file)).href)};\n`);
    writeFileSync(entry, imports.join(''));
    return entry;
  });
  return [...entries, ...programs];
}

/** Links all programs of the `PATH` except Node, npm and git. @param directory an empty directory @returns it */
function withoutNodeAndGit(directory: string): string {
  const excluded = /^(node|nodejs|npm|npx|corepack|git|git-.*)$/;
  const seen = new Set<string>();
  for (const path of (process.env['PATH'] ?? '').split(delimiter)) {
    for (const name of namesIn(path)) {
      if (excluded.test(name) || seen.has(name)) continue;
      seen.add(name);
      symlinkSync(join(path, name), join(directory, name));
    }
  }
  return directory;
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

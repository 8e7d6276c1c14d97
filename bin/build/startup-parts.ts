/**
 * The bundle in parts, each with what a command needs that the ones before it do not: what the executable does not read,
 * it does not have to make a program of. Which modules a command needs is found out by running it.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Script } from 'node:vm';
import { type Modules, writeBundle } from './bundle.ts';

const root = dirname(dirname(import.meta.dirname));
const INDEX = join(root, 'fixtures', 'registry', 'index.json');
const PACK = './pack';
const INSTALLED = join(root, 'fixtures', 'packs', 'text-tools');

interface Part {
  readonly name: string;
  readonly lines: readonly (readonly string[])[];
}

/** The program begins in the first part, and the last also has what none of these command lines needs. */
const PARTS: readonly Part[] = [
  { name: 'main', lines: [['pack', 'checksum', PACK]] },
  {
    name: 'list',
    lines: [
      ['pack', 'list'],
      ['pack', 'list', '--data-dir', 'nothing'],
    ],
  },
  { name: 'search', lines: [['pack', 'search', 'deploy']] },
  { name: 'resolve', lines: [['pack', 'install', 'monitoring', '--dry-run']] },
  { name: 'complete', lines: [['complete', 'bash', '--', '', 'attune pack install x']] },
  {
    name: 'help',
    lines: [
      ['pack', '--help'],
      ['pack', 'install', '--help'],
    ],
  },
  // Tests take long enough to load what they need.
  { name: 'install', lines: [['pack', 'install', PACK, '--skip-tests', '--force']] },
  {
    name: 'rest',
    lines: [
      ['pack', 'show', 'core'],
      ['pack', 'verify'],
      ['pack', 'history'],
      ['pack', 'tree'],
      ['pack', 'outdated'],
      ['pack', 'uninstall', 'core', '--yes'],
    ],
  },
];

/** What the others call of the parts of these would only be in their way. */
const SHORT = PARTS.slice(0, 4);

/**
 * Writes each part into a directory, as `attune-PART.cjs`, with the map for its stacks, and what V8 made of it. Each is one
 * function of what CommonJS gives a module, so that nothing has to be copied to make it one at each start.
 * @param work an empty directory, in which the command lines run
 */
export async function makeParts(directory: string, modules: Modules, work: string): Promise<void> {
  for (const [name, source] of modules) writeFileSync(join(work, name), source);
  const home = join(work, 'home');
  cpSync(join(root, 'fixtures', 'packs', 'core'), join(home, PACK), { recursive: true });
  // As it is with most people, something is installed.
  runLines([{ name: 'before', lines: [['pack', 'install', INSTALLED, '--skip-tests']] }], ['modules', work], home);
  runLines(PARTS, ['modules', work], home);
  await writeParts(directory, modules, partOf(modules, join(work, 'modules.json')));
  compileParts(directory, home);
}

/** @param file says what was loaded for which part @returns the part of each module */
function partOf(modules: Modules, file: string): ReadonlyMap<string, string> {
  const first = JSON.parse(readFileSync(file, 'utf8')) as readonly (readonly [string, string])[];
  const last = (PARTS.at(-1) as Part).name;
  return new Map([...[...modules.keys()].map((module) => [module, last] as const), ...first]);
}

async function writeParts(directory: string, modules: Modules, parts: ReadonlyMap<string, string>): Promise<void> {
  for (const { name } of PARTS) {
    const own = [...modules.keys()].filter((module) => parts.get(module) === name);
    await writeBundle({
      file: join(directory, `attune-${name}.cjs`),
      entry: own.map((module) => `exports['${module}'] = () => require('./${module}');`).join('\n'),
      modules,
      locate: (module) => (own.includes(module) ? undefined : `attune:${parts.get(module)}/${module}`),
      around: ['(function(exports,require,module){', '})'],
    });
  }
}

/**
 * These flags give the same code each time: V8 forgets and optimizes nothing by the clock, its hashes have no random seed,
 * and no memory is used twice, for what was there before is written down where an object has gaps.
 */
const DETERMINISTIC = [
  ...['--hash-seed=1', '--no-flush-bytecode', '--no-opt', '--no-sparkplug', '--no-maglev'],
  ...['--min-semi-space-size=128', '--max-semi-space-size=128', '--initial-heap-size=1000'],
];

/**
 * What V8 makes of the parts is kept in the executable: compiling them anew would be half of a short command's time. V8
 * compiles a function when it is first called, so that the command lines of all parts are run.
 */
function compileParts(directory: string, home: string): void {
  for (const parts of [SHORT, PARTS]) runLines(parts, ['code', directory], home, DETERMINISTIC);
  for (const name of readdirSync(directory).filter((file) => file.endsWith('.code'))) {
    const [code, part] = [join(directory, name), join(directory, name.replace(/code$/, 'cjs'))];
    writeFileSync(code, asWithoutFlags(readFileSync(code)));
    const { cachedDataRejected } = new Script(readFileSync(part, 'latin1'), { cachedData: readFileSync(code) });
    if (cachedDataRejected) throw new Error(`V8 does not take back the code it compiled in ${code}`);
  }
}

/** Where V8 writes, into code that it keeps, the digest of the flags that it had. */
const FLAGS = { start: 12, end: 16 };

/** These flags change when code is compiled and not what it is, so V8 can take it without them. */
function asWithoutFlags(code: Buffer): Buffer {
  new Script('0').createCachedData().copy(code, FLAGS.start, FLAGS.start, FLAGS.end);
  return code;
}

/** Runs the command lines of parts in one process. @param words what `run-lines.cjs` is to do */
function runLines(parts: readonly Part[], words: readonly string[], home: string, flags: readonly string[] = []): void {
  execFileSync(process.execPath, [...flags, join(root, 'bin', 'build', 'run-command-lines.cjs'), ...words], {
    cwd: home,
    input: JSON.stringify(parts),
    env: {
      PATH: process.env['PATH'],
      HOME: home,
      LANG: 'C.UTF-8',
      NODE_PATH: join(root, 'node_modules'),
      ATTUNE_REGISTRY_INDICES: INDEX,
    },
    stdio: ['pipe', 'ignore', 'pipe'],
  });
}

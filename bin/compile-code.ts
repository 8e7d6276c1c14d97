/**
 * What V8 makes of the bundle is kept in the executable: compiling it anew would be half of a short command's time. V8
 * compiles a function when it is first called, so that real command lines are run, each group in a process of its own.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Script } from 'node:vm';

const root = dirname(import.meta.dirname);
const PACK = './pack';
const INDEX = join(root, 'fixtures', 'registry', 'index.json');

/** What is kept together is read together: the shortest commands have code of their own. */
const GROUPS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  short: [
    ['pack', 'checksum', PACK],
    ['pack', 'list'],
  ],
  all: [
    // Tests take long enough to compile what they need.
    ['pack', 'install', PACK, '--skip-tests'],
    ['pack', 'install', 'deploy', '--dry-run'],
    ['pack', 'search', 'deploy'],
    ['pack', '--help'],
    ['pack', 'install', '--help'],
    ['complete', 'bash', '--', '', 'attune pack install x'],
  ],
};

/** Which group a command line takes, by its first two words; any other takes what `''` names. */
const GROUP_OF = { 'pack checksum': 'short', 'pack list': 'short', '': 'all' };

/** The same code each time: V8 forgets and optimizes nothing by the clock, and its hashes have no random seed. */
const DETERMINISTIC = ['--hash-seed=1', '--no-flush-bytecode', '--no-opt', '--no-sparkplug', '--no-maglev'];

/**
 * @param bundle as the executable runs it, wrapped in a function
 * @param work an empty directory
 * @returns assets by their names: `code` says which command takes which of the others
 */
export function compileCode(node: string, bundle: string, work: string): Readonly<Record<string, string | object>> {
  cpSync(join(root, 'fixtures', 'packs', 'core'), join(work, PACK), { recursive: true });
  const files = Object.entries(GROUPS).map(([group, lines]) => {
    const home = join(work, group);
    mkdirSync(home);
    const output = join(work, `${group}.code`);
    execFileSync(node, [...DETERMINISTIC, join(root, 'bin', 'keep-code.cjs'), bundle, output], {
      cwd: work,
      input: JSON.stringify(lines),
      env: { PATH: process.env['PATH'], HOME: home, LANG: 'C.UTF-8', ATTUNE_REGISTRY_INDICES: INDEX },
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    writeFileSync(output, asWithoutFlags(readFileSync(output)));
    refuseRejected(bundle, output);
    return [group, output] as const;
  });
  return { ...Object.fromEntries(files), code: GROUP_OF };
}

/** Where V8 writes, into code that it keeps, the digest of the flags that it had. */
const FLAGS = { start: 12, end: 16 };

/** These flags change when code is compiled and not what it is, so V8 can take it without them. */
function asWithoutFlags(code: Buffer): Buffer {
  new Script('0').createCachedData().copy(code, FLAGS.start, FLAGS.start, FLAGS.end);
  return code;
}

function refuseRejected(bundle: string, output: string): void {
  const { cachedDataRejected } = new Script(readFileSync(bundle, 'latin1'), { cachedData: readFileSync(output) });
  if (cachedDataRejected) throw new Error(`V8 does not take back the code it compiled in ${output}`);
}

/**
 * The code that V8 compiles of the bundle. Without it, a short command spends more than half of its time on compiling. V8
 * compiles a function when it is first called, so the code is taken after short commands have run.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Script } from 'node:vm';

const root = dirname(dirname(import.meta.dirname));
const fixtures = join(root, 'fixtures');
const PACK = './pack';

type CommandLine = readonly string[];

/** Run first, in a separate process, because most users have a pack installed. */
const PREPARATION: readonly CommandLine[] = [
  ['pack', 'install', join(fixtures, 'packs', 'text-tools'), '--skip-tests'],
  ['pack', 'search', 'deploy'],
];

/** Longer commands are left out, because V8 reads all of the code at each start. */
const SHORT_COMMANDS: readonly CommandLine[] = [
  ['pack', 'checksum', PACK],
  ['pack', 'list'],
  ['pack', '--help'],
  ['pack', 'search', 'deploy'],
  ['pack', 'install', 'monitoring', '--dry-run'],
  ['complete', 'bash', '--', '', 'attune pack install x'],
];

/** Makes V8 give the same bytes each time: it uses one thread, and neither the clock nor a random seed. */
const DETERMINISTIC = '--predictable';

/**
 * Returns the code that V8 compiles of a script.
 * @param script the path of the bundle as a script
 * @param work an empty directory for the command lines to run in
 */
export function compileCode(script: string, work: string): Buffer {
  cpSync(join(fixtures, 'packs', 'core'), join(work, PACK), { recursive: true });
  const file = join(work, 'code');
  for (const commandLines of [PREPARATION, SHORT_COMMANDS]) run(commandLines, [script, file], work);
  const code = withoutFlag(readFileSync(file));
  const { cachedDataRejected } = new Script(readFileSync(script, 'utf8'), { cachedData: code });
  if (cachedDataRejected) throw new Error('V8 rejects the code that it compiled');
  return code;
}

/** Runs command lines, and writes the code that V8 compiles meanwhile. */
function run(commandLines: readonly CommandLine[], args: readonly [script: string, code: string], cwd: string): void {
  execFileSync(process.execPath, [DETERMINISTIC, join(import.meta.dirname, 'warm-code-cache.cjs'), ...args], {
    cwd,
    input: JSON.stringify(commandLines),
    env: {
      PATH: process.env['PATH'],
      HOME: cwd,
      LANG: 'C.UTF-8',
      NODE_PATH: join(root, 'node_modules'),
      ATTUNE_REGISTRY_INDICES: join(fixtures, 'registry', 'index.json'),
    },
    stdio: ['pipe', 'ignore', 'pipe'],
  });
}

/** The offsets in the code of the digest that V8 takes of its flags. */
const FLAGS_DIGEST = { start: 12, end: 16 };

/** Makes V8 accept the code in a process without the flag, which changes when functions are compiled, but not to what. */
function withoutFlag(code: Buffer): Buffer {
  new Script('0').createCachedData().copy(code, FLAGS_DIGEST.start, FLAGS_DIGEST.start, FLAGS_DIGEST.end);
  return code;
}

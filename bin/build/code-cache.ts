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

/** Longer commands are left out: the code for them would make all others slower, for V8 reads all of it at each start. */
const COMMAND_LINES: readonly (readonly string[])[] = [
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
  const file = join(work, 'code');
  cpSync(join(fixtures, 'packs', 'core'), join(work, PACK), { recursive: true });
  execFileSync(process.execPath, [DETERMINISTIC, join(import.meta.dirname, 'warm-code-cache.cjs'), script, file], {
    cwd: work,
    input: JSON.stringify(COMMAND_LINES),
    env: {
      PATH: process.env['PATH'],
      HOME: work,
      LANG: 'C.UTF-8',
      NODE_PATH: join(root, 'node_modules'),
      ATTUNE_REGISTRY_INDICES: join(fixtures, 'registry', 'index.json'),
    },
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  const code = withoutFlag(readFileSync(file));
  const { cachedDataRejected } = new Script(readFileSync(script, 'utf8'), { cachedData: code });
  if (cachedDataRejected) throw new Error('V8 rejects the code that it compiled');
  return code;
}

/** The offsets in the code of the digest that V8 takes of its flags. */
const FLAGS_DIGEST = { start: 12, end: 16 };

/** Makes V8 accept the code in a process without the flag, which changes when functions are compiled, but not to what. */
function withoutFlag(code: Buffer): Buffer {
  new Script('0').createCachedData().copy(code, FLAGS_DIGEST.start, FLAGS_DIGEST.start, FLAGS_DIGEST.end);
  return code;
}

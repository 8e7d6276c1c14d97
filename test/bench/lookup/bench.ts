/**
 * Looks up packs and searches with a cached index, compared with `node -e 0`, which does nothing: the ratio shows how much
 * of the time is attune's. One pack is installed, as on most machines.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Bench, Contest } from '../compare.ts';
import { generateIndex, refOf } from '../index/generate-index.ts';
import type { Task } from '../measure.ts';
import { PROJECT, type Program, publishedProgram } from '../program.ts';

/** A pack with three levels of dependencies. */
const LEVELS = 4;
const START_RATIO = 1.8;

export const lookupBench: Bench = {
  name: 'lookup',
  tool: 'node',
  sizes: [1_000, 10_000, 100_000],
  runs: 25,
  open(directory) {
    const program = publishedProgram(directory, '');
    const [command, ...first] = program.command;
    const args = [...first, 'pack', 'install', join(PROJECT, 'fixtures', 'packs', 'core'), '--skip-tests'];
    execFileSync(command, args, { env: program.env, stdio: 'ignore' });
    return (count, workspace) => contests(count, workspace, program);
  },
};

function contests(count: number, directory: string, program: Program): readonly Contest[] {
  const file = join(directory, 'index.json');
  const bytes = generateIndex(file, wholeIndex(count));
  const half = count >> 1;
  const first = half - (half % LEVELS);
  const ref = refOf({ count, position: first });
  const alone = refOf({ count, position: first + LEVELS - 1 });
  execFileSync(
    process.execPath,
    [join(import.meta.dirname, 'in-process-times.ts'), file, join(directory, 'cache'), ref],
    {
      stdio: 'inherit',
    },
  );
  const attune = (...args: string[]): Task => ({
    command: [...program.command, 'pack', ...args],
    cwd: directory,
    env: { ...program.env, ATTUNE_REGISTRY_INDICES: file, ATTUNE_CACHE_DIR: join(directory, 'cache') },
  });
  const tool: Task = { command: [process.execPath, '-e', '0'], cwd: directory, env: { PATH: process.env['PATH'] } };
  const aim = { timeRatio: START_RATIO };
  return [
    { name: 'look up a ref', bytes, attune: attune('install', ref, '--dry-run', '--skip-tests'), tool, aim },
    // A pack without dependencies, like nearly all packs of the public index.
    { name: 'resolve a ref', bytes, attune: attune('install', alone, '--dry-run'), tool, aim },
    { name: 'resolve three levels', bytes, attune: attune('install', ref, '--dry-run'), tool },
    { name: 'search, few matches', bytes, attune: attune('search', 'send', 'message'), tool, aim },
    { name: 'search, many matches', bytes, attune: attune('search', 'slack'), tool, aim },
  ];
}

function* wholeIndex(count: number) {
  for (let position = 0; position < count; position += 1) {
    const isLast = position % LEVELS === LEVELS - 1 || position + 1 === count;
    const dependencies = isLast ? [] : [`${refOf({ count, position: position + 1 })}@<1`];
    yield { count, position, version: `0.${position % 7}.${position % 20}`, dependencies };
  }
}

/**
 * What it costs to look a pack up and to search, with the index in the cache, beside `node -e 0`, which does nothing: the
 * ratio says how much of the time is attune's own. Something is installed, as it is with most people.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Bench, Contest } from '../compare.ts';
import { generateIndex, refOf } from '../index/generate-index.ts';
import type { Task } from '../measure.ts';
import { PROJECT, type Program, publishedProgram } from '../program.ts';

/** A pack, and three levels of others below it. */
const LEVELS = 4;
const START_RATIO = 1.6;

export const lookupBench: Bench = {
  name: 'lookup',
  tool: 'node',
  sizes: [1_000, 10_000, 100_000],
  runs: 25,
  open(directory) {
    const program = publishedProgram(directory, '');
    const [command, ...first] = program.command;
    const words = [...first, 'pack', 'install', join(PROJECT, 'fixtures', 'packs', 'core'), '--skip-tests'];
    execFileSync(command, words, { env: program.env, stdio: 'ignore' });
    return (count, place) => contests(count, place, program);
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
  const attune = (...words: string[]): Task => ({
    command: [...program.command, 'pack', ...words],
    cwd: directory,
    env: { ...program.env, ATTUNE_REGISTRY_INDICES: file, ATTUNE_CACHE_DIR: join(directory, 'cache') },
  });
  const tool: Task = { command: [process.execPath, '-e', '0'], cwd: directory, env: { PATH: process.env['PATH'] } };
  const aim = { timeRatio: START_RATIO };
  return [
    { name: 'look one ref up', bytes, attune: attune('install', ref, '--dry-run', '--skip-tests'), tool, aim },
    // It needs no other pack, as nearly all of the public index.
    { name: 'resolve one ref', bytes, attune: attune('install', alone, '--dry-run'), tool, aim },
    { name: 'resolve three levels', bytes, attune: attune('install', ref, '--dry-run'), tool },
    { name: 'search, few fit', bytes, attune: attune('search', 'send', 'message'), tool, aim },
    { name: 'search, many fit', bytes, attune: attune('search', 'slack'), tool, aim },
  ];
}

function* wholeIndex(count: number) {
  for (let position = 0; position < count; position += 1) {
    const isLast = position % LEVELS === LEVELS - 1 || position + 1 === count;
    const needs = isLast ? [] : [`${refOf({ count, position: position + 1 })}@<1`];
    yield { count, position, version: `0.${position % 7}.${position % 20}`, needs };
  }
}

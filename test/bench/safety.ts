/**
 * Measures the cost of durability: the same installation with and without fsync. The program has no option to disable
 * fsync, so the fault layer of the tests removes the calls. SQLite's own fsync calls, a handful, remain.
 */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { faultVariables } from '../support/faults/fault.ts';
import { packFiles } from '../support/registry/server.ts';
import { writeFiles } from '../support/store.ts';
import { type Contest, compare } from './compare.ts';
import type { Task } from './measure.ts';
import { type Program, packagedProgram } from './program.ts';
import { table } from './table.ts';

/** Numbers of files in the pack. The files of the larger pack are flushed together (see `fsyncTree`). */
const SIZES = [60, 600];
const FILE_BYTES = 2000;

export async function measureSafety(runs: number): Promise<void> {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'attune-bench-')));
  try {
    const program = packagedProgram(directory, '{}\n');
    const outcomes = [];
    for (const files of SIZES) outcomes.push(await compare(contestOf(files, directory, program), runs));
    process.stdout.write(`\n${table('safety', 'unflushed', outcomes)}`);
  } finally {
    rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
  }
}

function contestOf(files: number, directory: string, program: Program): Contest {
  const pack = join(directory, `pack-${files}`);
  const names = Array.from({ length: files - 2 }, (_, index) => `lib/part-${index % 10}/file-${index}.txt`);
  const content = Object.fromEntries(names.map((name) => [name, `${name}\n`.repeat(FILE_BYTES / (name.length + 1))]));
  writeFiles(pack, packFiles({ ref: 'safety', files: content }));
  const task = (variables: Readonly<Record<string, string>>): Task => ({
    command: [...program.command, 'pack', 'install', pack],
    cwd: directory,
    env: { ...program.env, ...variables },
    prepare: () => rmSync(program.env['ATTUNE_DATA_DIR'] as string, { recursive: true, force: true }),
  });
  return {
    name: `install a directory of ${files} files`,
    bytes: files * FILE_BYTES,
    // Loads the fault layer without a fault, so that loading it does not affect the difference.
    attune: task(faultVariables()),
    tool: task(faultVariables('noflush')),
  };
}

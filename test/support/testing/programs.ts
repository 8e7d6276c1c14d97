import { spawnSync } from 'node:child_process';
import { existsSync, symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { TestContext } from 'node:test';
import { findProgram } from '../../../src/platform/processes/find-program.ts';
import { PROJECT } from '../attune.ts';
import { temporaryDirectory } from '../temporary.ts';

/** Returns the environment variables of the tests, with the given programs first on the `PATH` under the given names. */
export function pathWith(
  test: TestContext,
  programs: Readonly<Record<string, string>>,
): Readonly<Record<string, string | undefined>> {
  const directory = temporaryDirectory(test);
  for (const [name, target] of Object.entries(programs)) symlinkSync(target, join(directory, name));
  return { ...process.env, PATH: [directory, process.env['PATH']].join(delimiter) };
}

/** Finds a python that can import modules: the first one on the `PATH`, else the system's. */
export function findPythonWith(module: string): string | undefined {
  for (const python of ['python3', '/usr/bin/python3']) {
    const { status, stdout } = spawnSync(python, ['-c', `import ${module}, sys; print(sys.executable)`], {
      encoding: 'utf8',
    });
    if (status === 0) return stdout.trim();
  }
  return undefined;
}

/** Finds a program of a development dependency, else on the `PATH`; an empty list if there is none. */
export function programOf(name: string): string[] {
  const own = join(PROJECT, 'node_modules', '.bin', name);
  const path = existsSync(own) ? own : findProgram(name, process.env['PATH']);
  return path === undefined ? [] : [path];
}

/**
 * Returns the reason to skip a test if its program is missing, else `false`. In CI no test is skipped: it runs and fails.
 * @param description the program in the reason, such as `a python3 with pytest`
 */
export function skipWithout(program: string | undefined, description: string): string | false {
  return program === undefined && process.env['CI'] !== 'true' ? `needs ${description}` : false;
}

import { spawnSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { TestContext } from 'node:test';
import { temporaryDirectory } from '../temporary.ts';

/** The `PATH` of the tests, with certain programs put first under certain names. */
export function pathWith(
  test: TestContext,
  programs: Readonly<Record<string, string>>,
): Readonly<Record<string, string | undefined>> {
  const directory = temporaryDirectory(test);
  for (const [name, target] of Object.entries(programs)) symlinkSync(target, join(directory, name));
  return { ...process.env, PATH: [directory, process.env['PATH']].join(delimiter) };
}

/** A python that can import a module: the first on the `PATH`, else the system's. */
export function findPythonWith(module: string): string | undefined {
  for (const python of ['python3', '/usr/bin/python3']) {
    const asked = spawnSync(python, ['-c', `import ${module}, sys; print(sys.executable)`], { encoding: 'utf8' });
    if (asked.status === 0) return asked.stdout.trim();
  }
  return undefined;
}

/**
 * Whether a test that needs a program must be left out: a reason, or `false`. Where CI is set nothing may be left out:
 * there the test runs and fails.
 */
export function skipWithout(program: string | undefined, what: string): string | false {
  return program === undefined && process.env['CI'] !== 'true' ? `needs ${what}` : false;
}

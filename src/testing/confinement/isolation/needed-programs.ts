import { join } from 'node:path';
import { AttuneError } from '../../../errors.ts';
import type { RunnerType } from '../../../packs/manifest/types.ts';
import { inspect, realPath } from '../../../platform/files/inspect.ts';
import { readFile } from '../../../platform/files/read.ts';
import { planSuites } from '../../plan.ts';
import type { TestedPack } from '../../test-run.ts';
import { listFilesBelow } from '../../workspace/pack-paths.ts';

/** An interpreter, the runners that start it, and the names by which other programs start it or what belongs to it. */
interface Need {
  readonly runners: readonly RunnerType[];
  readonly names: readonly string[];
}

const PYTHON: Need = { runners: ['unittest', 'pytest'], names: ['python', 'pytest', 'pip'] };
const NEEDS: Readonly<Record<string, Need>> = {
  python3: PYTHON,
  python: PYTHON,
  node: { runners: ['node', 'jest', 'mocha'], names: ['node', 'npm', 'npx'] },
  ruby: { runners: [], names: ['ruby', 'rspec', '.rb'] },
};

/** Packs with larger files or more content are assumed to need every interpreter. */
const MOST_BYTES = 8 * 1024 * 1024;

/**
 * Returns a function that tells whether the tests of a pack may need an interpreter: a runner starts it, or a file of the
 * pack names it. Asking an interpreter takes as long as starting it, and shims of version managers take longer.
 */
export function neededPrograms({ root, manifest }: TestedPack): (program: string) => boolean {
  if (!manifest.testing?.enabled) return () => false;
  const directory = realPath(root);
  const runners = planSuites(manifest, manifest.testing, directory, {}).map(({ type }) => type);
  let text: string | undefined;
  return (program) => {
    const need = NEEDS[program];
    if (need === undefined || need.runners.some((type) => runners.includes(type))) return true;
    text ??= textOf(directory);
    return text === '' || need.names.some((name) => text?.includes(name));
  };
}

/** Returns the content of all files, followed by their names; an empty text if there is too much of it. */
function textOf(directory: string): string {
  const parts: string[] = [];
  let bytes = 0;
  try {
    for (const path of listFilesBelow(directory, '.git')) {
      bytes += inspect(join(directory, path))?.size ?? 0;
      if (bytes > MOST_BYTES) return '';
      parts.push(path, readFile(join(directory, path)).toString('latin1'));
    }
  } catch (error) {
    if (!(error instanceof AttuneError)) throw error;
    return '';
  }
  return parts.join('\n');
}

/**
 * Says where in the sources the places of a stack are, which a build names by its own files and lines:
 *
 *     node bin/build/symbolicate-stack.ts dist dist/parts < stack.txt     the directories hold the maps
 */
import { existsSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { join } from 'node:path';

const directories = process.argv.slice(2);
const stack = readFileSync(0, 'utf8');

process.stdout.write(
  stack.replace(
    /\(?(?:\S*[\\/])?(attune[\w-]*\.cjs):(\d+):(\d+)\)?/g,
    (place, build: string, line: string, column: string) => {
      // A stack counts from one, a map from nothing.
      const entry = mapOf(build)?.findEntry(Number(line) - 1, Number(column) - 1);
      if (entry === undefined || !('originalSource' in entry)) return place;
      const file = entry.originalSource.replace(/^(\.\.\/)+/, '');
      return `(${file}:${entry.originalLine + 1}:${entry.originalColumn + 1})`;
    },
  ),
);

function mapOf(build: string): SourceMap | undefined {
  const file = directories.map((directory) => join(directory, `${build}.map`)).find((path) => existsSync(path));
  return file === undefined ? undefined : new SourceMap(JSON.parse(readFileSync(file, 'utf8')));
}

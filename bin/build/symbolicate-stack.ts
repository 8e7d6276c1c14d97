/**
 * Replaces the positions in a stack trace of the bundle or of an executable by positions in the sources:
 *
 *     node bin/build/symbolicate-stack.ts dist/attune.cjs.map < stack.txt
 */
import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';

const [mapFile = 'dist/attune.cjs.map'] = process.argv.slice(2);
const map = new SourceMap(JSON.parse(readFileSync(mapFile, 'utf8')));
const stack = readFileSync(0, 'utf8');

process.stdout.write(stack.replace(/\(?(?:\S*[\\/])?attune\.cjs:(\d+):(\d+)\)?/g, sourcePosition));

function sourcePosition(position: string, line: string, column: string): string {
  // A stack trace counts from 1, a source map from 0.
  const entry = map.findEntry(Number(line) - 1, Number(column) - 1);
  if (!('originalSource' in entry)) return position;
  const file = entry.originalSource.replace(/^(\.\.\/)+/, '');
  return `(${file}:${entry.originalLine + 1}:${entry.originalColumn + 1})`;
}

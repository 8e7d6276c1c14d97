/**
 * Says where in the sources the places of a stack are, which a build names by its own lines:
 *
 *     node bin/read-stack.ts dist/attune.cjs.map < stack.txt
 */
import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';

const [mapFile = 'dist/attune.cjs.map'] = process.argv.slice(2);
const map = new SourceMap(JSON.parse(readFileSync(mapFile, 'utf8')));
const stack = readFileSync(0, 'utf8');

process.stdout.write(
  stack.replace(/\(?(?:\S*[\\/])?attune\.cjs:(\d+):(\d+)\)?/g, (place, line: string, column: string) => {
    // A stack counts from one, a map from nothing.
    const entry = map.findEntry(Number(line) - 1, Number(column) - 1);
    if (!('originalSource' in entry)) return place;
    const file = entry.originalSource.replace(/^(\.\.\/)+/, '');
    return `(${file}:${entry.originalLine + 1}:${entry.originalColumn + 1})`;
  }),
);

// A process of its own, so that it takes no time from the one that measures: serves the repositories of a directory,
// writes its address to a file, and ends with the process that started it.
import { renameSync, writeFileSync } from 'node:fs';
import { startGitServer } from '../../support/git/server.ts';

const [root = '', addressFile = ''] = process.argv.slice(2);
const { url } = await startGitServer({ after() {} }, root);
writeFileSync(`${addressFile}.new`, url);
renameSync(`${addressFile}.new`, addressFile);
process.stdin.on('end', () => process.exit()).resume();

// Serves the repositories of a directory, writes its URL to a file and ends with the parent process. It runs as a separate
// process so that it does not slow down the measuring process.
import { renameSync, writeFileSync } from 'node:fs';
import { startGitServer } from '../../support/git/server.ts';

const [root = '', addressFile = ''] = process.argv.slice(2);
const { url } = await startGitServer({ after() {} }, root);
writeFileSync(`${addressFile}.new`, url);
renameSync(`${addressFile}.new`, addressFile);
process.stdin.on('end', () => process.exit()).resume();

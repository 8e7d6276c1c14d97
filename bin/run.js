#!/usr/bin/env node
// The entry point of the npm package. On a Node that is too old, it hands over to the Node that npm installed with attune.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheDirectory, ensureHome, isOfOtherUser } from './user-directories.cjs';

const REQUIRED = 24;

const root = dirname(dirname(fileURLToPath(import.meta.url)));

ensureHome();
if (Number.parseInt(process.versions.node, 10) >= REQUIRED) {
  enableCodeCache();
  // A checkout runs its sources; the published package contains only the bundle.
  const { main } = existsSync(join(root, 'src', 'main.ts'))
    ? await import('../src/main.ts')
    : nodeModule.createRequire(import.meta.url)('../dist/attune.cjs');
  await main(process.argv.slice(2));
} else {
  handOver();
}

/** Makes V8 keep the code that it compiles in attune's cache: compiling takes most of a short command's time. */
function enableCodeCache() {
  // Node has already applied the variable, which disables the cache if it is empty.
  if (process.env.NODE_COMPILE_CACHE !== undefined) return;
  const cache = cacheDirectory();
  // A missing home directory is not created for this, and root creates no files in that of another user.
  if (existsSync(dirname(dirname(cache))) && !isOfOtherUser(cache)) nodeModule.enableCompileCache(join(cache, 'code'));
}

function handOver() {
  const os = process.platform === 'win32' ? 'win' : process.platform;
  const name = `node-${os}-${process.arch}`;
  let node;
  try {
    const require = nodeModule.createRequire(import.meta.url);
    node = join(dirname(require.resolve(`${name}/package.json`)), 'bin', os === 'win' ? 'node.exe' : 'node');
  } catch {
    process.stderr.write(
      `Error: attune requires Node ${REQUIRED} or later, but this is Node ${process.version}, and the package ${name} is not installed.\n` +
        `Hint: Install Node ${REQUIRED} or later, or reinstall attune without --omit=optional.\n`,
    );
    process.exitCode = 1;
    return;
  }
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
  child.on('error', (error) => {
    process.stderr.write(`Error: cannot start attune's own Node: ${error.message}.\nHint: Reinstall attune.\n`);
    process.exitCode = 1;
  });
  // The terminal sends Ctrl-C to both processes; the child decides how to react.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (status, signal) => {
    process.exitCode = status ?? (signal === 'SIGINT' ? 130 : 1);
  });
}

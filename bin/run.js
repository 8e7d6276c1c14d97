#!/usr/bin/env node
// Starts attune on the Node that it brings along. An older one (a machine's own, under a global install) hands over.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { homedir } from 'node:os';
import { dirname, join, parse } from 'node:path';
import { fileURLToPath } from 'node:url';

// A user id without a name has no home unless somebody says so, and libraries ask for it while they are loaded.
try {
  homedir();
} catch {
  process.env.HOME = parse(process.execPath).root;
}

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const WANTED = 24;

if (Number.parseInt(process.versions.node, 10) >= WANTED) {
  // A checkout runs its sources; what is published holds the bundle alone.
  const source = join(root, 'src', 'main.ts');
  keepCompiledCode();
  const { main } = existsSync(source)
    ? await import('../src/main.ts')
    : nodeModule.createRequire(import.meta.url)('../dist/attune.cjs');
  await main(process.argv.slice(2), root);
} else {
  handOver();
}

/** Most of a short command's time is compiling: V8 keeps what it compiled in attune's cache, private to the user. */
function keepCompiledCode() {
  const { NODE_COMPILE_CACHE, ATTUNE_CACHE_DIR, XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  // An empty variable switches it off; Node itself has read one that is set.
  if (NODE_COMPILE_CACHE !== undefined) return;
  const users = process.platform === 'win32' ? LOCALAPPDATA : join(homedir(), '.cache');
  const base = ATTUNE_CACHE_DIR || ((XDG_CACHE_HOME || users) && join(XDG_CACHE_HOME || users, 'attune'));
  // A home that is not there is not made for this.
  if (base && existsSync(dirname(dirname(base)))) nodeModule.enableCompileCache(join(base, 'code'));
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
      `Error: attune needs Node ${WANTED}, this is ${process.version}, and the package ${name} that brings it is not installed.\n` +
        `Hint: Install Node ${WANTED} or later, or reinstall attune without --omit=optional.\n`,
    );
    process.exitCode = 1;
    return;
  }
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
  child.on('error', (error) => {
    process.stderr.write(`Error: attune's own Node cannot be started: ${error.message}.\nHint: Reinstall attune.\n`);
    process.exitCode = 1;
  });
  // Ctrl-C reaches both; the one that does the work decides what it means.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (status, signal) => {
    process.exitCode = status ?? (signal === 'SIGINT' ? 130 : 1);
  });
}

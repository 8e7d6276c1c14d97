#!/usr/bin/env node
// Starts attune on the Node that it brings along. An older one (a machine's own, under a global install) hands over.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
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
  const { main } = existsSync(source)
    ? await import('../src/main.ts')
    : createRequire(import.meta.url)('../dist/attune.cjs');
  await main(process.argv.slice(2), root);
} else {
  handOver();
}

function handOver() {
  const os = process.platform === 'win32' ? 'win' : process.platform;
  const name = `node-${os}-${process.arch}`;
  let node;
  try {
    const require = createRequire(import.meta.url);
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

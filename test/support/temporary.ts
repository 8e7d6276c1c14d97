import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Cleaner {
  after(clean: () => void): void;
}

/** A directory of the test's own, gone when the test ends. */
export function temporaryDirectory(test: Cleaner): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'attune-test-')));
  test.after(() => rmSync(directory, { recursive: true, force: true, maxRetries: 3 }));
  return directory;
}

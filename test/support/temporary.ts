import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface TestHooks {
  after(clean: () => void): void;
}

/** Creates a private temporary directory that is removed after the test. */
export function temporaryDirectory(test: TestHooks): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'attune-test-')));
  test.after(() => rmSync(directory, { recursive: true, force: true, maxRetries: 3 }));
  return directory;
}

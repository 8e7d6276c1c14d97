import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_LIMITS } from '../../../src/limits.ts';
import { systemHttp } from '../../../src/platform/http/system-http.ts';
import { systemProcesses } from '../../../src/platform/processes/processes.ts';
import { silentReporter } from '../../../src/platform/reporter.ts';
import { SafeUrl } from '../../../src/platform/safe-url.ts';
import { fetchGit } from '../../../src/sources/git/fetch-git.ts';
import type { FetchedSource, SourceTools } from '../../../src/sources/source.ts';
import { temporaryDirectory } from '../temporary.ts';

interface Cleaner {
  after(clean: () => void): void;
}

/** Creates the tools of a fetch: the real network, no mirrors and no variables unless `changes` has them. */
export function createSourceTools(test: Cleaner, changes: Partial<SourceTools> = {}): SourceTools {
  return {
    http: systemHttp({ offline: false, allowPlain: false, timeoutMs: 20_000, redirects: 5, variables: {} }),
    processes: systemProcesses({ offline: false }),
    reporter: silentReporter,
    limits: DEFAULT_LIMITS,
    mirrors: {},
    variables: {},
    scratch: temporaryDirectory(test),
    timeoutMs: 20_000,
    ...changes,
  };
}

/** Fetches a commit into a temporary directory and lists its files, each as `mode path: content`. */
export async function fetchGitPack(
  test: Cleaner,
  url: string,
  refSpec?: string,
  changes: Partial<SourceTools> = {},
): Promise<FetchedSource & { readonly files: string[]; readonly destination: string }> {
  const destination = join(temporaryDirectory(test), 'pack');
  const fetched = await fetchGit(
    { kind: 'git', url: new SafeUrl(url), refSpec },
    destination,
    createSourceTools(test, changes),
  );
  return { ...fetched, files: listFiles(destination), destination };
}

/** Lists every file below a directory as `mode path: content`, sorted. */
export function listFiles(root: string): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => !lstatSync(join(root, path)).isDirectory())
    .map((path) => {
      const mode = (lstatSync(join(root, path)).mode & 0o777).toString(8);
      return `${mode} ${path}: ${readFileSync(join(root, path), 'latin1')}`;
    })
    .sort();
}

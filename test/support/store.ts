import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DEFAULT_LIMITS } from '../../src/limits.ts';
import { readPack } from '../../src/packs/pack.ts';
import { fingerprint } from '../../src/packs/tree/checksum.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { systemEnvironment } from '../../src/platform/environment.ts';
import { silentReporter } from '../../src/platform/reporter.ts';
import type { ReadyPack } from '../../src/store/releases/record-release.ts';
import type { StagingArea } from '../../src/store/staging.ts';
import { Store } from '../../src/store/store.ts';

/** A store in a directory of the test's own. */
export function openStore(data: string, options: { lockTimeoutMs?: number; keepReleases?: number } = {}): Store {
  return new Store(data, {
    clock: systemClock,
    reporter: silentReporter,
    environment: { ...systemEnvironment(), userName: 'tester', hostName: 'here' },
    attuneVersion: '0.0.0-test',
    keepReleases: async () => options.keepReleases ?? 2,
    lockTimeoutMs: options.lockTimeoutMs ?? 5000,
  });
}

export function writeFiles(root: string, files: Readonly<Record<string, string>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
}

/** A small pack in a staging area, ready to be committed. */
export function stagedPack(
  area: StagingArea,
  ref: string,
  version: string,
  more: { content?: string; needs?: string[] } = {},
): ReadyPack {
  const directory = area.newPath();
  writeFiles(directory, {
    'pack.yaml': `ref: ${ref}\nversion: ${version}\n`,
    'actions/run.yaml': `name: run\n# ${more.content ?? version}\n`,
  });
  const pack = readPack(directory, DEFAULT_LIMITS);
  return {
    pack,
    fingerprint: fingerprint(pack.tree),
    provenance: { type: 'directory', url: `/packs/${ref}`, mirror: undefined, ref: null, commit: null },
    registry: undefined,
    archiveChecksum: undefined,
    requested: true,
    dependencies: (more.needs ?? []).map((needed) => ({ ref: needed, range: '*' })),
    tests: undefined,
  };
}

/** Installs one small pack. */
export async function install(
  store: Store,
  ref: string,
  version: string,
  more: { content?: string; needs?: string[] } = {},
): Promise<void> {
  using area = store.stage();
  const ready = stagedPack(area, ref, version, more);
  const settled = await store.settle([ready]);
  await store.write((writer) => writer.install(settled));
}

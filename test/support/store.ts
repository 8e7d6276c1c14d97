import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DEFAULT_LIMITS } from '../../src/limits.ts';
import { readPack } from '../../src/packs/pack.ts';
import { fingerprint } from '../../src/packs/tree/checksum.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { systemEnvironment } from '../../src/platform/environment.ts';
import { type Reporter, silentReporter } from '../../src/platform/reporter.ts';
import type { ReadyPack } from '../../src/store/releases/record-release.ts';
import type { StagingArea } from '../../src/store/staging.ts';
import { Store } from '../../src/store/store.ts';

interface StoreOptions {
  lockTimeoutMs?: number;
  keepReleases?: number;
  /** Receives the notes of the store. */
  onNote?: (text: string) => void;
}

/** Opens a store as the user `tester@here`. */
export function openStore(data: string, options: StoreOptions = {}): Store {
  const reporter: Reporter = { ...silentReporter, note: options.onNote ?? silentReporter.note };
  return new Store(data, {
    clock: systemClock,
    reporter,
    environment: { ...systemEnvironment(), userName: 'tester', hostName: 'here' },
    attuneVersion: '0.0.0-test',
    keepReleases: async () => options.keepReleases ?? 2,
    lockTimeoutMs: options.lockTimeoutMs ?? 120_000,
  });
}

interface PackOptions {
  content?: string;
  /** Refs that the pack depends on, in any version. */
  dependencies?: string[];
}

export function writeFiles(root: string, files: Readonly<Record<string, string>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
}

/** Creates a small pack in a staging area that is ready to be installed. */
export function stagedPack(area: StagingArea, ref: string, version: string, more: PackOptions = {}): ReadyPack {
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
    dependencies: (more.dependencies ?? []).map((dependency) => ({ ref: dependency, range: '*' })),
    tests: undefined,
  };
}

/** Installs one small pack. */
export async function install(store: Store, ref: string, version: string, more: PackOptions = {}): Promise<void> {
  using area = store.stage();
  const ready = stagedPack(area, ref, version, more);
  const settled = await store.settle([ready]);
  await store.write((writer) => writer.install(settled));
}

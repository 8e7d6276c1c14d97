import { basename, join } from 'node:path';
import { AttuneError } from '../../errors.ts';
import { identifyLicense } from '../../packs/license/identify.ts';
import type { Pack } from '../../packs/pack.ts';
import { inspectTarget } from '../../platform/files/inspect.ts';
import { TemporaryDirectory } from '../../platform/files/temporary-directory.ts';
import { expandPath } from '../../platform/paths.ts';
import { collectWarnings, silentReporter } from '../../platform/reporter.ts';
import { buildEntry, type EntryDocument } from '../../registry/index/entry-document.ts';
import type { IndexSource } from '../../registry/index/format.ts';
import { type ArchiveResult, archivePack } from '../archive/archive-pack.ts';
import { NoInstallSource } from '../index/git-location.ts';
import { buildGitSource, NotInstallableFromGit } from '../index/git-source.ts';
import { parseSourceUrl } from '../index/source-url.ts';
import type { Runtime } from '../runtime.ts';
import type { ArchiveTarget, PublishRequest } from './request.ts';
import type { ReleaseCheckout } from './work-tree.ts';

class InvalidTemplate extends AttuneError {
  constructor(template: string, placeholder: string) {
    super('USAGE', `The archive URL '${template}' has the unknown placeholder ${placeholder}.`, {
      facts: { template, placeholder },
      hint: 'Known placeholders: {ref} and {version}.',
    });
  }
}

/** A release that is complete except for being published. */
export interface Release {
  readonly entry: EntryDocument;
  readonly archive: PlannedArchive | undefined;
}

export interface PlannedArchive {
  /** The path to which the archive is written. */
  readonly path: string;
  readonly url: string;
  readonly checksum: string;
}

/**
 * Builds the entry of a release. The archive is packed but not written yet; the git source follows it where the repository
 * has an `origin` and installations find the pack in the commit.
 * @throws NoInstallSource, NotInstallableFromGit for a release from git alone; the errors of `archivePack`
 */
export async function buildRelease(
  pack: Pack,
  checkout: ReleaseCheckout | undefined,
  request: PublishRequest,
  runtime: Runtime,
): Promise<Release> {
  const archive = request.archive && (await planArchive(pack, request.archive, runtime));
  const git = await gitSource(pack, checkout, request, runtime);
  const archiveSource: IndexSource[] = archive
    ? [{ type: 'archive', url: archive.url, checksum: archive.checksum }]
    : [];
  const sources = [...archiveSource, ...(git ? [git] : [])] as [IndexSource, ...IndexSource[]];
  return { entry: buildEntry(pack, sources, identifyLicense(pack.tree)), archive };
}

async function planArchive(
  pack: Pack,
  { directory, urlTemplate }: ArchiveTarget,
  runtime: Runtime,
): Promise<PlannedArchive> {
  const { ref, version } = pack.manifest;
  const { url } = parseSourceUrl('archive', expandTemplate(urlTemplate, { ref, version }), undefined, runtime);
  const suffix = /\.(?:tar\.gz|tgz|zip|tar)$/i.exec(url)?.[0] ?? '.tar.gz';
  const path = join(directory, `${ref}-${version}${suffix.toLowerCase()}`);
  using temporary = new TemporaryDirectory((text) => runtime.reporter.warn(text));
  // The directory is created later, if the release is published.
  const isMissing = inspectTarget(expandPath(directory, runtime.environment)) === undefined;
  const planned = isMissing ? join(temporary.path, basename(path)) : path;
  const { checksum } = await writeArchive(pack, planned, true, runtime);
  return { path, url, checksum };
}

function expandTemplate(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\{[^{}]*\}/g, (placeholder) => {
    const value = values[placeholder.slice(1, -1)];
    if (value === undefined) throw new InvalidTemplate(template, placeholder);
    return value;
  });
}

/** Packs the archive of a release, and writes it unless `dryRun`. An identical file at its path stays. */
export function writeArchive(pack: Pack, output: string, dryRun: boolean, runtime: Runtime): Promise<ArchiveResult> {
  return archivePack({ path: pack.root, output, format: undefined, force: false, dryRun }, runtime);
}

async function gitSource(
  pack: Pack,
  checkout: ReleaseCheckout | undefined,
  { archive }: PublishRequest,
  runtime: Runtime,
): Promise<IndexSource | undefined> {
  const request = {
    ...{ path: pack.root, gitUrl: undefined, gitRef: checkout?.commit },
    ...{ archiveUrl: undefined, archiveFile: undefined, archiveChecksum: undefined },
  };
  // The work tree is clean: what differs from the commit is what `.attuneignore` excludes, which is no warning.
  const quiet = { ...withoutAccessors(runtime), reporter: collectWarnings(silentReporter) };
  try {
    return (await buildGitSource(request, pack, quiet))?.source;
  } catch (error) {
    if (archive === undefined) throw error;
    if (error instanceof NoInstallSource) return undefined;
    if (!(error instanceof NotInstallableFromGit)) throw error;
    runtime.reporter.note('The entry has no git source, because an installation does not find the pack in the commit.');
    return undefined;
  }
}

function withoutAccessors(runtime: Runtime): Pick<Runtime, 'config' | 'environment' | 'processes'> {
  return { config: () => runtime.config(), environment: runtime.environment, processes: runtime.processes };
}

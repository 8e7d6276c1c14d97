import { basename, dirname } from 'node:path';
import { AttuneError } from '../../errors.ts';
import { type Pack, readPackTree } from '../../packs/pack.ts';
import { findPackRoot } from '../../packs/tree/pack-root.ts';
import { makeDirectory } from '../../platform/files/entries.ts';
import { realPath } from '../../platform/files/inspect.ts';
import { readFile } from '../../platform/files/read.ts';
import { updateFile } from '../../platform/locks/update-file.ts';
import { expandPath } from '../../platform/paths.ts';
import { SafeUrl } from '../../platform/safe-url.ts';
import { assertInstallable, packagedTree } from '../archive/packaged-tree.ts';
import { indexTimestamp, indexUpdateOptions, resolveIndexFile } from '../index/index-file.ts';
import type { Runtime } from '../runtime.ts';
import { buildRelease, type Release, writeArchive } from './build-release.ts';
import { addVersion } from './change-index.ts';
import { checkRelease } from './check-release.ts';
import { findIdentity } from './identity.ts';
import { type IndexChange, updateRepository } from './registry-repository.ts';
import { publishTag } from './release-tag.ts';
import { runReleaseTests } from './release-tests.ts';
import type { PublishRequest, PublishResult } from './request.ts';
import { inspectCheckout, type ReleaseCheckout } from './work-tree.ts';

/** A step failed after earlier ones had published something. Has the code of the failure. */
class PartlyPublished extends AttuneError {
  constructor(failure: AttuneError, done: readonly string[]) {
    super(failure.code, `${failure.message}\nAlready done: ${done.join('; ')}. The index is unchanged.`, {
      facts: { ...failure.facts, done },
      hint: `${failure.hint ?? ''} Run the command again: it continues from there.`.trim(),
      cause: failure,
    });
  }
}

/**
 * Publishes a version of a pack: checks and tests it, packs it, adds it to an index, and then writes tag, archive and index
 * in this order. A second run continues after a failure.
 * @throws DirtyWorkTree, TagMissing, VersionExists, ReleaseCheckFailed, ReleaseTestsFailed, PushRefused, KeepsMoving, PartlyPublished and others
 */
export async function publishPack(request: PublishRequest, runtime: Runtime): Promise<PublishResult> {
  const { limits } = await runtime.config();
  const root = findPackRoot(realPath(expandPath(request.path, runtime.environment)));
  const tree = await packagedTree(root, runtime);
  assertInstallable(tree, limits);
  const pack = readPackTree(root, tree, limits);
  const { manifest } = pack;
  await checkRelease(root, runtime);
  const checkout = await inspectCheckout(root, manifest, { limits, createTag: request.tag }, runtime);
  if (checkout === undefined) runtime.reporter.warn(`'${root}' is not in a git checkout: the release has no tag.`);
  await runReleaseTests(pack, runtime);
  const release = await buildRelease(pack, checkout, request, runtime);
  const update = await publishRelease(pack, release, checkout, request, runtime);
  return toResult(pack, release, checkout, request, update, runtime);
}

interface Update extends IndexChange {
  readonly commit?: string | undefined;
  readonly branch?: string;
}

async function publishRelease(
  pack: Pack,
  { entry, archive }: Release,
  checkout: ReleaseCheckout | undefined,
  request: PublishRequest,
  runtime: Runtime,
): Promise<Update> {
  const { limits } = await runtime.config();
  const { reporter } = runtime;
  const done: string[] = [];
  const beforePush = async () => {
    if (request.tag && checkout !== undefined) done.push(...(await publishTag(checkout, runtime)));
    if (archive === undefined) return;
    makeDirectory(dirname(expandPath(archive.path, runtime.environment)));
    await writeArchive(pack, archive.path, false, runtime);
    done.push(`the archive was written to ${archive.path}`);
  };
  const now = indexTimestamp(runtime);
  const name = 'file' in request.registry ? request.registry.file : request.registry.indexPath;
  const edit = (bytes: Uint8Array | undefined) => addVersion(bytes, entry, { request, limits, name, now, reporter });
  try {
    if ('file' in request.registry)
      return await updateIndexFile(request.registry.file, { edit, beforePush }, request, runtime);
    const message = `Publish ${entry.ref} ${entry.version}`;
    const author = () => findIdentity(request.author, checkout?.root ?? pack.root, runtime);
    return await updateRepository(
      request.registry,
      { message, author, edit, beforePush, dryRun: request.dryRun },
      runtime,
    );
  } catch (error) {
    throw error instanceof AttuneError && done.length > 0 ? new PartlyPublished(error, done) : error;
  }
}

/** Changes a local index under its lock. */
async function updateIndexFile(
  name: string,
  {
    edit,
    beforePush,
  }: { edit: (bytes: Uint8Array | undefined) => Uint8Array | undefined; beforePush: () => Promise<void> },
  { dryRun }: PublishRequest,
  runtime: Runtime,
): Promise<Update> {
  const file = resolveIndexFile(name, runtime);
  let prepared = false;
  return updateFile(
    file.path,
    async (exists) => {
      const before = exists ? readFile(file.path) : undefined;
      const after = edit(before);
      if (!dryRun && !prepared) await beforePush();
      prepared = true;
      return { content: dryRun || after === undefined ? undefined : [after], result: { before, after } };
    },
    indexUpdateOptions(file, { dryRun }),
    runtime,
  );
}

async function toResult(
  { manifest }: Pack,
  { archive }: Release,
  checkout: ReleaseCheckout | undefined,
  { registry, tag, dryRun }: PublishRequest,
  { before, after, commit, branch }: Update,
  { reporter }: Runtime,
): Promise<PublishResult> {
  const index = 'file' in registry ? registry.file : `${new SafeUrl(registry.url)}`;
  return {
    ...(dryRun ? { dry_run: true } : { success: true }),
    ref: manifest.ref,
    version: manifest.version,
    action: after === undefined ? 'unchanged' : 'published',
    index,
    ...(archive && { archive }),
    ...(tag && checkout && { tag: checkout.tag.name }),
    commit: commit ?? null,
    pushed: commit !== undefined,
    ...(branch !== undefined && { branch }),
    ...(dryRun && {
      diff: await diffOf('file' in registry ? basename(registry.file) : registry.indexPath, before, after),
    }),
    signatures: [],
    warnings: reporter.warnings,
  };
}

async function diffOf(name: string, before: Uint8Array | undefined, after: Uint8Array | undefined): Promise<string> {
  if (after === undefined) return '';
  const { createTwoFilesPatch, FILE_HEADERS_ONLY } = await import('diff');
  const [old, now] = [Buffer.from(before ?? []).toString('utf8'), Buffer.from(after).toString('utf8')];
  const names = [before === undefined ? '/dev/null' : `a/${name}`, `b/${name}`] as const;
  const options = { context: 3, headerOptions: FILE_HEADERS_ONLY };
  return createTwoFilesPatch(...names, old, now, undefined, undefined, options);
}

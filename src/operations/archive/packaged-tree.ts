import { join } from 'node:path';
import { ViolationList } from '../../archives/guard/errors.ts';
import { TreeGuard } from '../../archives/guard/tree-guard.ts';
import { AttuneError } from '../../errors.ts';
import type { Limits } from '../../limits.ts';
import { MANIFEST } from '../../packs/manifest/types.ts';
import { directoryTree, InvalidPackTree } from '../../packs/tree/directory-tree.ts';
import { type FileTree, fileAt } from '../../packs/tree/tree.ts';
import { inspect } from '../../platform/files/inspect.ts';
import { quoteForShell } from '../../platform/shell-quote.ts';
import { listTrackedFiles } from '../../sources/git/tracked-files.ts';
import type { Runtime } from '../runtime.ts';
import { IGNORE_FILE, readIgnoreRules } from './ignore-rules.ts';

type Tools = Pick<Runtime, 'environment' | 'processes' | 'reporter'>;

class ManifestLeftOut extends AttuneError {
  constructor(root: string, tracked: boolean) {
    super(
      'INVALID_PACK_FILES',
      tracked
        ? `The pack in '${root}' is in a git checkout, but its ${MANIFEST} is not tracked.`
        : `The ${IGNORE_FILE} of '${root}' excludes ${MANIFEST}.`,
      {
        facts: { directory: root },
        hint: tracked
          ? `Add the files of the pack to git: git add ${quoteForShell(root)}`
          : `Change the patterns in ${IGNORE_FILE}.`,
      },
    );
  }
}

/**
 * Returns the files of a pack that are published: in a git checkout the tracked ones, from the work tree; elsewhere all but
 * `.git`. What `.attuneignore` excludes is left out in both cases.
 * @param root the directory with the `pack.yaml`, without links
 * @throws ManifestLeftOut, InvalidPackTree, InvalidIgnoreFile, FileError; UnsupportedRepository
 */
export async function packagedTree(root: string, tools: Tools): Promise<FileTree> {
  const isIgnored = readIgnoreRules(root);
  const { processes, environment } = tools;
  const tracked = await listTrackedFiles(root, { processes, variables: environment.variables });
  const isTracked = tracked === undefined ? () => true : trackedFilter(tracked);
  const tree = directoryTree(root, (path, kind) => isTracked(path) && !isIgnored(path, kind === 'directory'));
  if (tracked !== undefined) {
    const published = new Set(tree.files.map(({ path }) => path));
    const absent = tracked.filter((path) => !published.has(path) && !isIgnoredPath(path, isIgnored));
    reportAbsentFiles(root, absent, tools);
  }
  if (fileAt(tree, MANIFEST) === undefined) {
    throw new ManifestLeftOut(root, tracked !== undefined && !tracked.includes(MANIFEST));
  }
  return tree;
}

/** Accepts tracked files, and the directories that contain them. */
function trackedFilter(tracked: readonly string[]): (path: string) => boolean {
  const accepted = new Set(tracked);
  for (const path of tracked) {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const directory = path.slice(0, end);
      if (accepted.has(directory)) break;
      accepted.add(directory);
    }
  }
  return (path) => accepted.has(path);
}

function isIgnoredPath(path: string, isIgnored: (path: string, isDirectory: boolean) => boolean): boolean {
  const components = path.split('/');
  return components.some((_, index) =>
    isIgnored(components.slice(0, index + 1).join('/'), index < components.length - 1),
  );
}

/** @throws InvalidPackTree for submodules */
function reportAbsentFiles(root: string, absent: readonly string[], { reporter }: Tools): void {
  const submodules = absent.filter((path) => inspect(join(root, path))?.kind === 'directory');
  if (submodules.length > 0) {
    const reason = 'git tracks it as a submodule, or as a file that is now a directory';
    throw new InvalidPackTree(
      root,
      submodules.map((path) => ({ path, reason })),
    );
  }
  for (const path of absent) reporter.warn(`'${path}' is tracked by git but missing, and is left out.`);
}

/**
 * Checks that an installation would accept the files.
 * @throws UnsafeEntry that names all entries with an unsafe path, LimitExceeded
 */
export function assertInstallable(tree: FileTree, limits: Limits): void {
  const label = `pack '${tree.location}'`;
  const guard = new TreeGuard(limits, label);
  const violations = new ViolationList(label);
  for (const { path, size } of tree.files) violations.collect(() => guard.accept({ path, type: 'file', size }));
  violations.throwIfAny();
}

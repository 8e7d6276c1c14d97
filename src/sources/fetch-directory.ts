import { ViolationList } from '../archives/guard/errors.ts';
import { TreeGuard } from '../archives/guard/tree-guard.ts';
import { writeTree } from '../archives/write-tree.ts';
import { directoryTree } from '../packs/tree/directory-tree.ts';
import { findPackRoot } from '../packs/tree/pack-root.ts';
import { interruptible } from '../platform/interruptible.ts';
import type { FetchedSource, SourceTools } from './source.ts';

/**
 * Copies a directory's files into `destination`, except those named `.git`. All paths are checked before the first file is
 * written.
 * @param path absolute; may be a link to the directory
 * @throws NoPackRoot, AmbiguousPackRoot, InvalidPackTree (names all links and special files), UnsafeEntry, LimitExceeded, FileChanged, FileError
 */
export async function fetchDirectory(path: string, destination: string, tools: SourceTools): Promise<FetchedSource> {
  // A directory without a pack may be as large as /usr.
  findPackRoot(path);
  const { files } = directoryTree(path);
  const label = `directory '${path}'`;
  const guard = new TreeGuard(tools.limits, label);
  const violations = new ViolationList(label);
  for (const file of files) {
    violations.collect(() => guard.accept({ path: file.path, type: 'file', size: file.size }));
  }
  violations.throwIfAny();
  using activity = tools.reporter.activity(`Copying ${path}`);
  using sink = writeTree(destination);
  for await (const [index, file] of interruptible(files.entries())) {
    guard.enter(file.path);
    sink.begin(file.path, file.executable);
    for (const chunk of file.chunks()) {
      guard.count(chunk.length);
      sink.write(chunk);
    }
    sink.end();
    activity.progress(index + 1, files.length, 'files');
  }
  return {
    provenance: { type: 'directory', url: path, mirror: undefined, ref: null, commit: null },
    archiveChecksum: undefined,
  };
}

import { chmodSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { createRepository } from '../git/repository.ts';
import { packFiles, writeRegistry } from '../registry/server.ts';
import { writeFiles } from '../store.ts';

/** Packs, registries and programs that no operation changes. All machines share them. */
export interface Inputs {
  /** Contains the packs `demo`, `demo-changed`, `tested`, `extra`, `damaged`, `python` and `python-changed`, and registries. */
  readonly directory: string;
  /** The path of an index with several packs, some of them in two versions. */
  readonly index: string;
  /** The path of a git repository with the pack `tracked`. */
  readonly repository: string;
  /** A `PATH` with stand-ins for `python3` and `uv`. */
  readonly searchPath: string;
}

interface Cleaner {
  after(clean: () => void): void;
}

const PYTHON = `#!/bin/sh
echo '["/usr/bin/python3", ["/usr", "3.12", "linux"], null]'
`;
/** Creates an environment that contains the requirements, so that its content can be compared. */
const UV = `#!/bin/sh
for last; do :; done
case $1 in
venv) mkdir -p "$last/bin"; echo home > "$last/pyvenv.cfg"; echo "#!$last/bin/python" > "$last/bin/tool" ;;
pip) cp "$last" "$(dirname "$(dirname "$5")")/requirements.txt" ;;
esac
`;

export function createInputs(test: Cleaner, directory: string): Inputs {
  const inTwoVersions = (ref: string, dependencies?: readonly string[]) =>
    ['2.0.0', '1.0.0'].map((version) => ({ ref, version, ...(dependencies && { dependencies }) }));
  const index = writeRegistry(join(directory, 'registry'), [
    ...inTwoVersions('base'),
    ...inTwoVersions('middle', ['base']),
    ...inTwoVersions('top', ['middle']),
    ...inTwoVersions('tool'),
    ...['leaf', 'lonely', 'shared'].map((ref) => ({ ref })),
    { ref: 'stem', dependencies: ['leaf'] },
    { ref: 'branch', dependencies: ['shared'] },
    { ref: 'twig', dependencies: ['shared'] },
    { ref: 'picky', dependencies: ['base@^2'] },
  ]);
  const pack = (name: string, plan: Parameters<typeof packFiles>[0]) =>
    writeFiles(join(directory, name), packFiles(plan));
  for (const ref of ['demo', 'damaged', 'extra']) pack(ref, { ref });
  pack('demo-changed', { ref: 'demo', files: { 'lib/more.txt': 'more' } });
  pack('tested', { ref: 'tested', test: 'exit 0', files: { 'lib/a/one.txt': '1' } });
  const python = (requirements: string) =>
    ({ ref: 'python', test: 'test -f "$VIRTUAL_ENV/bin/tool"', files: { 'requirements.txt': requirements } }) as const;
  pack('python', python('one\n'));
  pack('python-changed', python('two\n'));
  writeRegistry(join(directory, 'other'), [{ ref: 'other' }, { ref: 'demo', version: '0.9.0' }]);
  writeRegistry(join(directory, 'third'), [{ ref: 'third' }]);
  const { path: repository } = createRepository(test, packFiles({ ref: 'tracked', files: { 'lib/one.txt': 'one' } }));
  const programs = join(directory, 'programs');
  writeFiles(programs, { python3: PYTHON, uv: UV });
  for (const name of ['python3', 'uv']) chmodSync(join(programs, name), 0o755);
  const searchPath = [programs, process.env['PATH'] ?? ''].join(delimiter);
  return { directory, index, repository, searchPath };
}

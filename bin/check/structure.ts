/**
 * Checks the structure of `src/` against docs/architecture.md: which layer imports which, types included, and the size and
 * naming of folders. Biome's import rules match the text of a specifier, so `cli/views/registry/` and `registry/` look alike
 * to them; this check resolves each specifier to a file first. Import cycles are Biome's `noImportCycles`.
 *
 *     node bin/check/structure.ts     prints each violation and exits 1, or prints nothing
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { parseSync } from 'oxc-parser';

const SOURCES = join(dirname(dirname(import.meta.dirname)), 'src');

const BASE = ['errors.ts', 'limits.ts'];
const PACKS = ['packs', 'documents', 'platform', ...BASE];
const SIBLINGS = ['sources', 'registry', 'resolver', 'testing', 'checking', 'store'];

/** The layers from top to bottom, each with the layers and files that it may import besides itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'main.ts': ['index.ts', 'cli', 'operations', 'platform', ...BASE],
  'index.ts': ['commands', 'cli'],
  commands: ['cli', 'operations', ...BASE],
  cli: ['operations', ...SIBLINGS, 'archives', 'config', ...PACKS],
  operations: [...SIBLINGS, 'archives', 'config', ...PACKS],
  sources: ['archives', 'config', ...PACKS],
  registry: ['config', ...PACKS],
  resolver: ['config', ...PACKS],
  testing: PACKS,
  checking: PACKS,
  store: ['packs', 'platform', ...BASE],
  archives: ['packs', 'platform', ...BASE],
  packs: ['documents', 'platform', ...BASE],
  config: ['documents', 'platform', ...BASE],
  documents: BASE,
  platform: BASE,
  'limits.ts': ['errors.ts'],
  'errors.ts': [],
};

const MOST_FILES = 18;
const MOST_WITH_ONE_PREFIX = 2;
/** Their files are named after commands. */
const NAMED_BY_COMMANDS = /^commands(\/|$)/;

const files = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => /\.(ts|json)$/.test(file));

const violations = [...files.filter((file) => file.endsWith('.ts')).flatMap(importViolations), ...folderViolations()];
for (const violation of violations) process.stderr.write(`${violation}\n`);
process.exitCode = violations.length === 0 ? 0 : 1;

function importViolations(file: string): string[] {
  const from = layerOf(file);
  const allowed = MAY_IMPORT[from];
  if (allowed === undefined) return [`src/${file}: ${from} is not in the table of layers`];
  return importedBy(file)
    .map((imported) => layerOf(imported))
    .filter((to) => to !== from && !allowed.includes(to))
    .map((to) => `src/${file}: ${from} may not import ${to}, only ${allowed.join(', ') || 'itself'}`);
}

/** Returns the paths below `src/` that a file imports or re-exports, statically or dynamically, by value or by type. */
function importedBy(file: string): string[] {
  const source = readFileSync(join(SOURCES, file), 'utf8');
  const { staticImports, staticExports, dynamicImports } = parseSync(file, source).module;
  const specifiers = [
    ...staticImports.map(({ moduleRequest }) => moduleRequest.value),
    ...staticExports.flatMap(({ entries }) => entries.flatMap(({ moduleRequest }) => moduleRequest?.value ?? [])),
    ...dynamicImports.map(({ moduleRequest: { start, end } }) => source.slice(start + 1, end - 1)),
  ];
  return specifiers
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => posix.join(posix.dirname(file), specifier))
    .filter((path) => !path.startsWith('../'));
}

/** Returns the first segment of a path below `src/`: a folder, or a file such as `errors.ts`. */
function layerOf(path: string): string {
  return path.split('/', 1)[0] as string;
}

function folderViolations(): string[] {
  const folders = Map.groupBy(files, (file) => posix.dirname(file));
  return [...folders]
    .filter(([folder]) => !NAMED_BY_COMMANDS.test(folder))
    .flatMap(([folder, paths]) => {
      const names = paths.map((path) => posix.basename(path));
      const prefixes = Map.groupBy(names, (name) => name.split(/[-.]/, 1)[0] as string);
      return [
        ...(names.length > MOST_FILES ? [`src/${folder}: ${names.length} files, at most ${MOST_FILES}`] : []),
        ...[...prefixes.values()]
          .filter((alike) => alike.length > MOST_WITH_ONE_PREFIX)
          .map((alike) => `src/${folder}: these share a prefix and want a folder: ${alike.join(', ')}`),
      ];
    });
}

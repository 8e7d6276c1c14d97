import { InvalidDocument, type Problem } from '../../documents/problems.ts';
import { checkShape } from '../../documents/shape.ts';
import type { SourceDocument } from '../../documents/source-document.ts';
import { throwIfTooLarge } from '../../documents/text.ts';
import { readYamlTree, type YamlTree } from '../../documents/yaml/yaml.ts';
import { AttuneError } from '../../errors.ts';
import type { Limits } from '../../limits.ts';
import { contentOf, type FileTree, fileAt, type TreeFile } from '../tree/tree.ts';

import { manifestProblem, yamlProblems } from './rules.ts';
import { type ManifestDocument, manifestSchema } from './schema.ts';
import { readTesting } from './testing.ts';

import { COMPONENT_KINDS, type ComponentKind, MANIFEST, type Manifest, type ManifestDependencies } from './types.ts';

/** A pack without a manifest. */
export class NoManifest extends AttuneError {
  constructor(location: string) {
    super('INVALID_PACK', `There is no ${MANIFEST} in '${location}'.`, {
      facts: { location },
      hint: `A pack has a ${MANIFEST} at its root, with at least a ref and a version.`,
    });
  }
}

/** An invalid `pack.yaml`, with all its problems. */
export class InvalidManifest extends InvalidDocument {
  constructor(location: string, problems: readonly Problem[], hint = 'Correct the fields named above.') {
    super('INVALID_MANIFEST', `The ${MANIFEST} of '${location}' is not valid:`, problems, hint);
  }
}

/** Returns the problems for which installation refuses a manifest, with the codes of `pack check`. */
export function manifestProblems(source: SourceDocument): readonly Problem[] {
  return (checkShape(manifestSchema, source).problems ?? []).map(manifestProblem);
}

/**
 * Reads the manifest of a pack (SPEC section 2) and normalizes older forms. Messages name `pack.yaml`, line and field.
 * @throws NoManifest, InvalidManifest
 */
export function readManifest(tree: FileTree, limits: Limits): Manifest {
  const file = fileAt(tree, MANIFEST);
  if (!file) throw new NoManifest(tree.location);
  try {
    return interpret(readTreeYaml(file, limits), tree.location);
  } catch (error) {
    if (!(error instanceof InvalidDocument) || error instanceof InvalidManifest) throw error;
    throw new InvalidManifest(tree.location, error.problems, error.hint);
  }
}

/**
 * Reads a YAML file of a pack; messages name it by its path in the pack. A file that is too large is not read.
 * @throws InvalidDocument, and any error of reading the file
 */
export function readTreeYaml(file: TreeFile, limits: Limits): SourceDocument {
  return readTreeYamlNodes(file, limits).document;
}

/** Like `readTreeYaml`, with the ranges of keys and values. The problems of the error carry the codes of `pack check`. */
export function readTreeYamlNodes(file: TreeFile, limits: Limits): YamlTree {
  try {
    throwIfTooLarge(file.size, file.path, limits.yamlBytes);
    return readYamlTree(contentOf(file), file.path, limits);
  } catch (error) {
    if (!(error instanceof InvalidDocument)) throw error;
    const [heading = ''] = error.message.split('\n', 1);
    throw new InvalidDocument(error.code as 'INVALID_YAML', heading, yamlProblems(error), error.hint ?? '');
  }
}

function interpret(source: SourceDocument, location: string): Manifest {
  const { output: fields, problems } = checkShape(manifestSchema, source);
  if (problems) throw new InvalidManifest(location, problems.map(manifestProblem));
  const document = source.value as Readonly<Record<string, unknown>>;
  return {
    ref: fields.ref,
    version: fields.version,
    label: fields.label ?? fields.name ?? fields.ref,
    description: fields.description ?? undefined,
    author: fields.author ?? undefined,
    email: fields.email ?? undefined,
    license: fields.license ?? undefined,
    homepage: fields.homepage ?? undefined,
    repository: fields.repository ?? undefined,
    useCase: fields.use_case ?? undefined,
    keywords: fields.keywords ?? undefined,
    tags: fields.tags ?? undefined,
    system: fields.system ?? false,
    enabled: fields.enabled ?? true,
    meta: (document['meta'] ?? {}) as Readonly<Record<string, unknown>>,
    runtimeDeps: readRuntimeDeps(fields),
    dependencies: readDependencies(fields.dependencies),
    testing: fields.testing ? readTesting(fields.testing) : undefined,
    inlineComponents: inlineComponents(document),
    document,
  };
}

type RuntimeFields = Pick<ManifestDocument, 'runtime_deps' | 'python' | 'nodejs'>;

/** Returns the required runtimes in the current form: `python3>=3.8`, `nodejs^20`, `shell`. Older forms come last. */
function readRuntimeDeps({ runtime_deps, python, nodejs }: RuntimeFields): string[] {
  const listed = (runtime_deps ?? []).flatMap((item) =>
    typeof item === 'string'
      ? [item.trim()]
      : Object.entries(item).map(([name, range]) => formatRuntimeDep(name, range)),
  );
  const older = [python && formatRuntimeDep('python3', python), nodejs && formatRuntimeDep('nodejs', nodejs)];
  return [...new Set([...listed, ...older.filter((dep) => typeof dep === 'string' && dep !== '')] as string[])];
}

/** Joins a runtime's name and constraint. In the older forms, a bare version is a minimum. */
function formatRuntimeDep(name: string, range: string | null | undefined): string {
  const constraint = range?.trim() ?? '';
  if (constraint === '' || constraint === '*') return name;
  if (/^[0-9]+(?:\.[0-9]+)*$/.test(constraint)) return `${name}>=${constraint}`;
  return /^[0-9]/.test(constraint) ? `${name}=${constraint}` : `${name}${constraint}`;
}

function readDependencies(dependencies: ManifestDocument['dependencies']): ManifestDependencies {
  const fields = Array.isArray(dependencies) ? { packs: dependencies } : dependencies;
  return {
    attuneVersion: fields?.attune_version ?? undefined,
    pythonVersion: fields?.python_version ?? undefined,
    nodejsVersion: fields?.nodejs_version ?? undefined,
    packs: fields?.packs ?? [],
  };
}

function inlineComponents(document: Readonly<Record<string, unknown>>): Manifest['inlineComponents'] {
  const entries = COMPONENT_KINDS.map((kind) => [kind, document[kind] ?? {}]);
  return Object.fromEntries(entries) as Record<ComponentKind, Record<string, unknown>>;
}

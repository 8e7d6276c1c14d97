import { InvalidDocument, type Problem } from '../../documents/problems.ts';
import { checkShape } from '../../documents/shape.ts';
import type { SourceDocument } from '../../documents/source-document.ts';
import { AttuneError } from '../../errors.ts';
import type { Limits } from '../../limits.ts';
import { type FileTree, fileAt } from '../tree/tree.ts';
import { readRuntimeDeps } from './runtime-deps.ts';
import { type ManifestDocument, manifestSchema } from './schema.ts';
import { readTesting } from './testing.ts';
import { readTreeYaml } from './tree-document.ts';
import { COMPONENT_KINDS, type ComponentKind, type Manifest, type ManifestDependencies } from './types.ts';

export const MANIFEST = 'pack.yaml';

export class NoManifest extends AttuneError {
  constructor(location: string) {
    super('INVALID_PACK', `There is no ${MANIFEST} in '${location}'.`, {
      facts: { location },
      hint: `A pack has a ${MANIFEST} at its root, with at least a ref and a version.`,
    });
  }
}

/** A `pack.yaml` with everything that is wrong with it. */
export class InvalidManifest extends InvalidDocument {
  constructor(location: string, problems: readonly Problem[], hint = 'Correct the fields named above.') {
    super('INVALID_MANIFEST', `The ${MANIFEST} of '${location}' is not valid:`, problems, hint);
  }
}

/**
 * The manifest of a pack (SPEC section 2), older forms turned into today's. Messages name `pack.yaml`, line and field.
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

function interpret(source: SourceDocument, location: string): Manifest {
  const { output: fields, problems } = checkShape(manifestSchema, source);
  if (problems) throw new InvalidManifest(location, problems);
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

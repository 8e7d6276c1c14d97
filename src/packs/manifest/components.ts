import type { InferOutput } from 'valibot';
import { InvalidDocument, type Problem } from '../../documents/problems.ts';
import { checkShape } from '../../documents/shape.ts';
import type { SourceDocument } from '../../documents/source-document.ts';
import type { Limits } from '../../limits.ts';
import { compareCodePoints } from '../tree/order.ts';
import { type FileTree, fileAt, type TreeFile } from '../tree/tree.ts';
import { readTreeYaml } from './manifest.ts';
import { componentProblem } from './rules.ts';
import { componentSchema } from './schema.ts';

import { COMPONENT_KINDS, type Component, type ComponentKind, MANIFEST, type Manifest } from './types.ts';

/** The problems of all component files of a pack. */
export class InvalidComponents extends InvalidDocument {
  constructor(location: string, problems: readonly Problem[]) {
    const hint = 'Correct the components named above.';
    super('INVALID_COMPONENT', `The components of '${location}' are not valid:`, problems, hint);
  }
}

/**
 * Reads the components of a pack (SPEC section 2), sorted by kind and then by name. The components of a kind come from its
 * directory, or from `pack.yaml` when the directory has none. An action with a `workflow_file` is a workflow; the file
 * that it names belongs to that workflow and is not a separate component.
 * @throws InvalidComponents with the problems of all files
 */
export function readComponents(tree: FileTree, manifest: Manifest, limits: Limits): Component[] {
  const problems: Problem[] = [];
  const found = COMPONENT_KINDS.flatMap((kind) => {
    const files = tree.files.flatMap((file) => componentFile(file, kind));
    if (files.length === 0) return inlineComponents(kind, manifest, tree, limits);
    return files.flatMap((file) => readComponentFile(file, kind, limits, problems) ?? []);
  });
  const drafts = dropWorkflowFiles(found).map((draft) => ({ ...draft, name: nameOf(draft, manifest.ref) }));
  problems.push(...drafts.filter(({ name }) => name === '').map(emptyNameProblem), ...findDuplicateNames(drafts));
  if (problems.length > 0) throw new InvalidComponents(tree.location, sortByLocation(problems));
  return drafts.map(toComponent).sort(compareByKindAndName);
}

type Fields = InferOutput<typeof componentSchema>;

interface Draft {
  readonly kind: ComponentKind;
  readonly path: string;
  /** The file name without its suffix, or the key in `pack.yaml`. */
  readonly stem: string;
  readonly fields: Fields;
  /** Returns the location of a field; without a field, that of the component. */
  readonly locate: (field: string | undefined) => Omit<Problem, 'message'>;
}
type NamedDraft = Draft & { readonly name: string };

interface ComponentFile {
  readonly file: TreeFile;
  readonly stem: string;
}

function componentFile(file: TreeFile, kind: ComponentKind): ComponentFile[] {
  if (!file.path.startsWith(`${kind}/`)) return [];
  // macOS archivers add `._NAME` files, and a shell pattern `*.yaml` matches no name that begins with a dot.
  const stem = /^([^/.][^/]*)\.ya?ml$/s.exec(file.path.slice(kind.length + 1))?.[1];
  return stem === undefined ? [] : [{ file, stem }];
}

/** Reads one component file. If it is invalid, adds to `problems` and returns `undefined`. */
function readComponentFile(
  { file, stem }: ComponentFile,
  kind: ComponentKind,
  limits: Limits,
  problems: Problem[],
): Draft | undefined {
  try {
    const document = readTreeYaml(file, limits);
    const inspected = checkShape(componentSchema, document);
    if (!inspected.problems) return draft(kind, file.path, stem, inspected.output, () => document, []);
    problems.push(...inspected.problems.map(componentProblem));
  } catch (error) {
    if (!(error instanceof InvalidDocument)) throw error;
    problems.push(...error.problems);
  }
  return undefined;
}

/** Returns the components inside `pack.yaml`. The manifest validated them; it is parsed again only to locate a problem. */
function inlineComponents(kind: ComponentKind, manifest: Manifest, tree: FileTree, limits: Limits): Draft[] {
  const file = fileAt(tree, MANIFEST);
  let read: SourceDocument | undefined;
  const document = () => {
    read ??= file && readTreeYaml(file, limits);
    return read;
  };
  return Object.entries(manifest.inlineComponents[kind]).map(([key, fields]) =>
    draft(kind, MANIFEST, key, (fields ?? {}) as Fields, document, [kind, key]),
  );
}

function draft(
  kind: ComponentKind,
  path: string,
  stem: string,
  fields: Fields,
  document: () => SourceDocument | undefined,
  parent: readonly string[],
): Draft {
  const actual = kind === 'actions' && fields.workflow_file != null ? 'workflows' : kind;
  const locate = (field: string | undefined) => {
    const steps = field === undefined ? parent : [...parent, field];
    const position = document()?.positionOf(steps) ?? { line: 1, column: 1 };
    return { path, ...position, field: steps.join('.') };
  };
  return { kind: actual, path, stem, fields, locate };
}

function dropWorkflowFiles(drafts: readonly Draft[]): Draft[] {
  const named = drafts.flatMap(({ fields, path }) => {
    const file = path.startsWith('actions/') ? fields.workflow_file?.replace(/^\.\//, '') : undefined;
    return file === undefined ? [] : [file, `actions/${file}`, file.replace(/^\.\.\//, '')];
  });
  return drafts.filter(({ path }) => !named.includes(path));
}

function nameField({ fields }: Draft): 'ref' | 'name' | undefined {
  if (fields.ref != null) return 'ref';
  return fields.name != null ? 'name' : undefined;
}

function nameOf(draft: Draft, packRef: string): string {
  const name = draft.fields.ref ?? draft.fields.name ?? draft.stem;
  return name.startsWith(`${packRef}.`) ? name.slice(packRef.length + 1) : name;
}

function emptyNameProblem(draft: NamedDraft): Problem {
  return { ...draft.locate(nameField(draft)), message: 'the name is empty', rule: 'component-ref-format' };
}

function findDuplicateNames(drafts: readonly NamedDraft[]): Problem[] {
  const first = new Map<string, NamedDraft>();
  return drafts.flatMap((draft) => {
    const id = `${draft.kind}/${draft.name}`;
    const earlier = first.get(id);
    if (!earlier) {
      first.set(id, draft);
      return [];
    }
    const { path, line } = earlier.locate(nameField(earlier));
    const message = `the name '${draft.name}' is already used by another of the ${draft.kind}, on line ${line} of ${path}`;
    return [{ ...draft.locate(nameField(draft)), message, rule: 'component-ref-duplicate' }];
  });
}

function sortByLocation(problems: readonly Problem[]): Problem[] {
  return problems.toSorted((one, other) => compareCodePoints(one.path, other.path) || one.line - other.line);
}

function toComponent({ kind, name, fields, path }: NamedDraft): Component {
  return { kind, name, description: fields.description ?? fields.label ?? '', path };
}

function compareByKindAndName(one: Component, other: Component): number {
  const kinds = COMPONENT_KINDS.indexOf(one.kind) - COMPONENT_KINDS.indexOf(other.kind);
  return kinds || compareCodePoints(one.name, other.name);
}

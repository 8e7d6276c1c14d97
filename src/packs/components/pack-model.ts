/**
 * A pack as its author sees it: every file, and the manifest and all component files with the ranges of their keys and
 * values. Nothing is refused; what cannot be read is recorded with its problems. Installation reads the same files through
 * `readPack`, which refuses them.
 */
import { isUtf8 } from 'node:buffer';
import { basename, resolve } from 'node:path';
import { InvalidDocument, type Problem } from '../../documents/problems.ts';
import { type Position, positionFinder, type SourceDocument } from '../../documents/source-document.ts';
import type { YamlNode } from '../../documents/yaml/nodes.ts';
import { AttuneError } from '../../errors.ts';
import type { Limits } from '../../limits.ts';
import { readTreeYamlNodes } from '../manifest/manifest.ts';
import { MANIFEST } from '../manifest/types.ts';
import { isDeviceName, PACK_REF } from '../pack-ref.ts';
import { contentOf, type TreeFile } from '../tree/tree.ts';
import { type Listing, listPack } from './listing.ts';

/** The directories of components that a platform reads. `graphs` are the files in `actions/workflows/`. */
export const FILE_KINDS = {
  actions: 'actions/',
  sensors: 'sensors/',
  triggers: 'triggers/',
  rules: 'rules/',
  workflows: 'workflows/',
  queues: 'queues/',
  permission_sets: 'permission_sets/',
  runtimes: 'runtimes/',
  graphs: 'actions/workflows/',
} as const;
export type FileKind = keyof typeof FILE_KINDS;
const KINDS = Object.keys(FILE_KINDS) as FileKind[];

/** A file that is UTF-8 text. */
export class TextFile {
  readonly path: string;
  /** Without a byte order mark. */
  readonly text: string;
  readonly hasByteOrderMark: boolean;
  #toPosition: ((offset: number) => Position) | undefined;
  #checkpoints: readonly number[] | undefined;

  constructor(path: string, text: string, hasByteOrderMark: boolean) {
    this.path = path;
    this.text = text;
    this.hasByteOrderMark = hasByteOrderMark;
  }

  positionOf(offset: number): Position {
    this.#toPosition ??= positionFinder(this.text);
    return this.#toPosition(offset);
  }

  /** Returns the number of bytes before an offset of the text. An offset below 0 is the start of the file. */
  byteOffset(offset: number): number {
    if (offset < 0) return 0;
    this.#checkpoints ??= checkpointsOf(this.text);
    const index = Math.floor(offset / CHECKPOINT_DISTANCE);
    const rest = bytesOfUnits(this.text, index * CHECKPOINT_DISTANCE, Math.min(offset, this.text.length));
    return (this.#checkpoints[index] ?? 0) + rest + (this.hasByteOrderMark ? 3 : 0);
  }
}

const CHECKPOINT_DISTANCE = 1024;

/** Returns the number of UTF-8 bytes before every 1024th unit; a surrogate pair counts 4, half for each unit. */
function checkpointsOf(text: string): number[] {
  const sums = [0];
  for (let start = 0; start < text.length; start += CHECKPOINT_DISTANCE)
    sums.push((sums.at(-1) ?? 0) + bytesOfUnits(text, start, Math.min(text.length, start + CHECKPOINT_DISTANCE)));
  return sums;
}

function bytesOfUnits(text: string, start: number, end: number): number {
  let bytes = 0;
  for (let index = start; index < end; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) bytes += 1;
    else bytes += unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 2 : 3;
  }
  return bytes;
}

export interface YamlFile extends TextFile {
  /** The root mapping; `undefined` if the file cannot be read as one. */
  readonly root: YamlNode | undefined;
  readonly document: SourceDocument | undefined;
  /** Why the file cannot be read. */
  readonly problems: readonly Problem[];
}

export interface ComponentFile extends YamlFile {
  readonly kind: FileKind;
  /** The file name without its suffix; for a graph without `.workflow` too. */
  readonly stem: string;
  /** The complete ref, `undefined` if the file has none; the short ref of a rule is completed. */
  readonly ref: string | undefined;
}

export interface PackModel {
  readonly root: string;
  readonly listing: Listing;
  readonly manifest: YamlFile | undefined;
  /** The ref in the manifest, else that of most components, else the name of the directory. */
  readonly ref: string;
  readonly version: string;
  readonly components: Readonly<Record<FileKind, readonly ComponentFile[]>>;
  readonly limits: Limits;
  /** Returns a file of at most 1 MiB as text; `undefined` if it does not exist or is not text. */
  text(path: string): TextFile | undefined;
  /** Like `text`, but does not keep the text: for files that are read once. */
  peek(path: string): TextFile | undefined;
}

const TEXT_BYTES = 1024 * 1024;

/**
 * Reads a pack.
 * @param changed the contents of files that differ from the disk: edits that are not written yet
 * @throws FileError if the directory itself cannot be listed
 */
export function readPackModel(
  root: string,
  limits: Limits,
  changed: ReadonlyMap<string, Buffer> = new Map(),
): PackModel {
  const listing = withChanges(listPack(root, limits), changed);
  const manifestFile = listing.files.get(MANIFEST);
  const manifest = manifestFile && readYamlFile(manifestFile, limits);
  const text = (key: string) => stringOf(manifest?.root?.entries.get(key)?.value);
  const files = readComponentFiles(listing, limits);
  const ref = packRefOf(text('ref'), files) ?? basename(resolve(root));
  const texts = new Map<string, TextFile | undefined>();
  return {
    ...{ root, listing, manifest, ref, limits },
    version: text('version') ?? '',
    components: completeRefs(files, ref),
    text(path) {
      if (!texts.has(path)) texts.set(path, readText(listing.files.get(path)));
      return texts.get(path);
    },
    peek: (path) => (texts.has(path) ? texts.get(path) : readText(listing.files.get(path))),
  };
}

function withChanges(listing: Listing, changed: ReadonlyMap<string, Buffer>): Listing {
  if (changed.size === 0) return listing;
  const files = new Map(listing.files);
  for (const [path, bytes] of changed)
    files.set(path, {
      path,
      size: bytes.length,
      executable: files.get(path)?.executable ?? false,
      chunks: () => [bytes],
    });
  return { ...listing, files };
}

function stringOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function readText(file: TreeFile | undefined): TextFile | undefined {
  if (!file || file.size > TEXT_BYTES) return undefined;
  const bytes = bytesOf(file);
  return bytes && textFile(file.path, bytes);
}

function textFile(path: string, bytes: Buffer): TextFile | undefined {
  if (!isUtf8(bytes) || bytes.includes(0)) return undefined;
  const text = bytes.toString('utf8');
  const marked = text.startsWith('\u{FEFF}');
  return new TextFile(path, marked ? text.slice(1) : text, marked);
}

function bytesOf(file: TreeFile): Buffer | undefined {
  try {
    return contentOf(file);
  } catch (error) {
    if (!(error instanceof AttuneError)) throw error;
    return undefined;
  }
}

function readYamlFile(file: TreeFile, limits: Limits): YamlFile {
  try {
    const { document, text, root: nodes } = readTreeYamlNodes(file, limits);
    const root = nodes();
    const found = new TextFile(file.path, text, Buffer.byteLength(text) < file.size);
    const problems = root.kind === 'mapping' ? [] : [notAMapping(file.path)];
    return Object.assign(found, { root: root.kind === 'mapping' ? root : undefined, document, problems });
  } catch (error) {
    if (!(error instanceof AttuneError)) throw error;
    const problems = error instanceof InvalidDocument ? error.problems : [unreadable(file.path)];
    return Object.assign(new TextFile(file.path, '', false), { root: undefined, document: undefined, problems });
  }
}

function notAMapping(path: string): Problem {
  const message = 'the file has no mapping of fields';
  return { path, line: 1, column: 1, field: '', message, rule: 'yaml-syntax' };
}

function unreadable(path: string): Problem {
  return { path, line: 1, column: 1, field: '', message: 'the file cannot be read', rule: 'yaml-syntax' };
}

/** Returns the ref of the manifest if it is valid, else the most common owner of the components' refs. */
function packRefOf(stated: string | undefined, files: readonly ComponentFile[]): string | undefined {
  if (stated !== undefined && PACK_REF.test(stated) && !isDeviceName(stated)) return stated;
  const owners = files.flatMap(({ ref }) => /^([^.]+)\./.exec(ref ?? '')?.[1] ?? []);
  const counts = Map.groupBy(owners, (owner) => owner);
  return [...counts].sort(([, one], [, other]) => other.length - one.length)[0]?.[0] ?? stated;
}

function readComponentFiles(listing: Listing, limits: Limits): ComponentFile[] {
  return [...listing.files.values()].flatMap((file) => {
    const [, directory = '', name = ''] = /^(.*\/)([^/]+)$/s.exec(file.path) ?? [];
    const kind = KINDS.find((key) => FILE_KINDS[key] === directory);
    const stem = /^([^.].*)\.ya?ml$/s.exec(name)?.[1];
    if (!kind || stem === undefined) return [];
    const read = readYamlFile(file, limits);
    const graph = kind === 'graphs' || kind === 'workflows';
    const ref = stringOf(read.root?.entries.get('ref')?.value);
    return [Object.assign(read, { kind, stem: graph ? stem.replace(/\.workflow$/, '') : stem, ref })];
  });
}

/** Groups components by kind. A short ref of a rule is completed. */
function completeRefs(files: readonly ComponentFile[], packRef: string): PackModel['components'] {
  const complete = files.map((file) =>
    file.kind === 'rules' && file.ref !== undefined && !file.ref.includes('.')
      ? Object.assign(file, { ref: `${packRef}.${file.ref}` })
      : file,
  );
  const groups = KINDS.map((kind) => [kind, complete.filter((file) => file.kind === kind)]);
  return Object.fromEntries(groups) as PackModel['components'];
}

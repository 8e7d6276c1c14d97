import { join } from 'node:path';
import { createTwoFilesPatch } from 'diff';
import { applyFixes } from '../../checking/apply-fixes.ts';
import type { Diagnostic } from '../../checking/diagnostic.ts';
import { AttuneError } from '../../errors.ts';
import type { PackModel } from '../../packs/components/pack-model.ts';
import { contentOf } from '../../packs/tree/tree.ts';
import { inspect } from '../../platform/files/inspect.ts';
import { fileStamp, replaceFile } from '../../platform/files/write.ts';

/** A file that another program has changed since it was checked. */
export class FixedFileChanged extends AttuneError {
  constructor(path: string) {
    super('STORE_FILE_IN_USE', `Cannot fix '${path}', because another program has changed it meanwhile.`, {
      facts: { path },
      hint: 'Run the command again.',
    });
  }
}

export interface FixedPack {
  readonly model: PackModel;
  readonly diagnostics: readonly Diagnostic[];
  readonly fixed: number;
  /** The changes as a unified diff. */
  readonly diff: string;
}

export interface FixTools {
  /** Reads the pack with contents that are not written yet. */
  readonly read: (changed: ReadonlyMap<string, Buffer>) => PackModel;
  readonly check: (model: PackModel) => readonly Diagnostic[];
}

/** One fix may make another one possible, or move it out of the way. */
const MAX_ROUNDS = 10;

/**
 * Fixes what can be fixed mechanically, in memory, and writes the changed files at the end, each atomically.
 * @throws FixedFileChanged, FileError
 */
export function fixPack({ read, check }: FixTools, dryRun: boolean): FixedPack {
  let model = read(new Map());
  let diagnostics = check(model);
  const original = model;
  const stamps = new Map([...model.listing.files.keys()].map((path) => [path, fileStamp(join(model.root, path))]));
  const changed = new Map<string, Buffer>();
  let fixed = 0;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const fixable = diagnostics.filter(({ fix }) => fix?.edits.every(({ path }) => isWritable(original, path)));
    const { files, applied } = applyFixes(fixable, (path) => changed.get(path) ?? bytesOf(original, path));
    if (applied.length === 0) break;
    for (const [path, bytes] of files) changed.set(path, bytes);
    fixed += applied.length;
    model = read(changed);
    diagnostics = check(model);
  }
  const diff = [...changed].map(([path, bytes]) => patch(path, bytesOf(original, path), bytes)).join('');
  if (!dryRun) for (const [path, bytes] of changed) write(join(original.root, path), bytes, stamps.get(path));
  return { model, diagnostics, fixed, diff };
}

/** Links are not followed: a new file must not exist, an existing one must be a regular file of the pack. */
function isWritable({ listing, root }: PackModel, path: string): boolean {
  return listing.files.has(path) || inspect(join(root, path)) === undefined;
}

function bytesOf({ listing }: PackModel, path: string): Buffer | undefined {
  const file = listing.files.get(path);
  return file && contentOf(file);
}

function write(path: string, bytes: Buffer, stamp: string | undefined): void {
  if (!replaceFile(path, [bytes], stamp)) throw new FixedFileChanged(path);
}

function patch(path: string, before: Buffer | undefined, after: Buffer): string {
  const from = before === undefined ? '/dev/null' : `a/${path}`;
  const text = createTwoFilesPatch(from, `b/${path}`, before?.toString('utf8') ?? '', after.toString('utf8'));
  return text.replace(/^=+\n/, '');
}

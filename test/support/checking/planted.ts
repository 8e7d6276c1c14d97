import assert from 'node:assert/strict';
import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { checkPack } from '../../../src/checking/check-pack.ts';
import type { Diagnostic } from '../../../src/checking/diagnostic.ts';
import { readSettings } from '../../../src/checking/settings.ts';
import { FAMILIES, RULES } from '../../../src/checking/table.ts';
import { DEFAULT_LIMITS } from '../../../src/limits.ts';
import { fixPack } from '../../../src/operations/check/fix-pack.ts';
import { GRAMMAR } from '../../../src/operations/check/grammar.ts';
import { readPackModel } from '../../../src/packs/components/pack-model.ts';
import { FIXTURES } from '../attune.ts';
import { temporaryDirectory } from '../temporary.ts';

/** A pack of every kind of component, without any problem. */
export const CLEAN_PACK = join(FIXTURES, 'checking', 'demo');

/** A new content, `[text, replacement]` for the only occurrence of a text, a mode, or null for a removed file. */
export type Change = string | Buffer | readonly [string, string] | number | null;

/** One fault in the clean pack, and the only diagnostics that it may cause: `CODE PATH:LINE:COLUMN`. */
export interface Planted {
  readonly expect: string | readonly string[];
  readonly files: Readonly<Record<string, Change | readonly Change[]>>;
}

/** Writes the clean pack with changes to a new directory. */
export function plant(test: { after(clean: () => void): void }, files: Planted['files']): string {
  const directory = join(temporaryDirectory(test), 'demo');
  cpSync(CLEAN_PACK, directory, { recursive: true });
  for (const [path, changes] of Object.entries(files)) {
    const isList = Array.isArray(changes) && changes.some((change) => typeof change !== 'string');
    for (const change of (isList ? changes : [changes]) as Change[]) apply(join(directory, path), change);
  }
  return directory;
}

function apply(path: string, change: Change): void {
  if (change === null) {
    rmSync(path, { recursive: true });
    return;
  }
  if (typeof change === 'number') {
    chmodSync(path, change);
    return;
  }
  mkdirSync(dirname(path), { recursive: true });
  if (typeof change === 'string' || Buffer.isBuffer(change)) {
    writeFileSync(path, change);
    return;
  }
  const [from, to] = change as readonly [string, string];
  const text = readFileSync(path, 'utf8');
  assert.equal(text.split(from).length, 2, `${path} has '${from}' once`);
  writeFileSync(
    path,
    text.replace(from, () => to),
  );
}

/** Checks a pack with its own configuration. */
export function diagnose(directory: string): Diagnostic[] {
  const pack = readPackModel(directory, DEFAULT_LIMITS);
  const settings = readSettings(pack, new Map(), Object.keys(RULES), DEFAULT_LIMITS);
  return checkPack(pack, FAMILIES, settings, GRAMMAR);
}

export function located({ code, path, line, column }: Diagnostic): string {
  return `${code} ${path}:${line}:${column}`;
}

/** Fixes a pack with its own configuration. */
export function fix(directory: string) {
  return fixPack(
    {
      read: (changed) => readPackModel(directory, DEFAULT_LIMITS, changed),
      check: (pack) => {
        const settings = readSettings(pack, new Map(), Object.keys(RULES), DEFAULT_LIMITS);
        return checkPack(pack, FAMILIES, settings, GRAMMAR);
      },
    },
    false,
  );
}

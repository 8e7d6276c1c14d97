import { createHash } from 'node:crypto';
import type { ArchiveFormat } from '../../archives/sniff.ts';
import { AttuneError } from '../../errors.ts';
import { discards, refuseSpecialTarget } from '../../platform/files/input/open-file.ts';
import { finalPath } from '../../platform/files/inspect.ts';
import { readChunks } from '../../platform/files/read.ts';
import { removeStaleSiblings } from '../../platform/files/temporary-sibling.ts';
import { fileStamp, replaceFile } from '../../platform/files/write.ts';
import { interruptible } from '../../platform/interruptible.ts';
import { expandPath } from '../../platform/paths.ts';
import type { Runtime } from '../runtime.ts';

export interface OutputRequest {
  /** The path of the archive; `undefined` for `REF-VERSION.FORMAT` in the working directory. */
  readonly output: string | undefined;
  /** `undefined` for that of the output's suffix, else `tar.gz`. */
  readonly format: ArchiveFormat | undefined;
}

export interface ArchiveOutput {
  /** The path as given or chosen, for messages. */
  readonly name: string;
  /** The absolute path with all links resolved. */
  readonly path: string;
  readonly format: ArchiveFormat;
}

class FormatMismatch extends AttuneError {
  constructor(output: string, implied: ArchiveFormat, format: ArchiveFormat) {
    super('USAGE', `The output '${output}' has the suffix of a ${implied} archive, but --format is ${format}.`, {
      facts: { output, format },
      hint: 'Pass only --output, or an --output with the suffix of the format.',
    });
  }
}

class ArchiveExists extends AttuneError {
  constructor(output: string, checksum: string) {
    super('EXISTS_OUTPUT', `The output file '${output}' already exists and has other content.`, {
      facts: { output_file: output, checksum },
      hint: 'Replace it with --force, or choose another file with --output.',
    });
  }
}

class OutputChanges extends AttuneError {
  constructor(output: string) {
    super('STORE_CHANGED', `Another program keeps writing to '${output}'.`, {
      facts: { path: output },
      hint: 'Wait until it has finished, then try again.',
    });
  }
}

const SUFFIXES: readonly (readonly [suffix: RegExp, format: ArchiveFormat])[] = [
  [/\.(?:tar\.gz|tgz)$/i, 'tar.gz'],
  [/\.zip$/i, 'zip'],
  [/\.tar$/i, 'tar'],
];

/** Determines the path and the format of an archive. @throws FormatMismatch; FileError if its directory does not exist */
export function resolveOutput(
  { output, format }: OutputRequest,
  { ref, version }: { readonly ref: string; readonly version: string },
  { environment }: Pick<Runtime, 'environment'>,
): ArchiveOutput {
  const implied = output === undefined ? undefined : SUFFIXES.find(([suffix]) => suffix.test(output))?.[1];
  if (output !== undefined && implied !== undefined && format !== undefined && implied !== format) {
    throw new FormatMismatch(output, implied, format);
  }
  const chosen = implied ?? format ?? 'tar.gz';
  const name = output ?? `${ref}-${version}.${chosen}`;
  const path = finalPath(expandPath(name, environment));
  refuseSpecialTarget(path);
  return { name, path, format: chosen };
}

/** A packed archive in a private directory. */
interface PackedArchive {
  readonly file: string;
  /** `sha256:...` */
  readonly checksum: string;
}

const MAX_ATTEMPTS = 20;

/**
 * Writes an archive to its output atomically. An existing file with the same content is left unchanged.
 * @throws ArchiveExists, OutputChanges, FileError
 */
export async function writeOutput(
  { name, path }: ArchiveOutput,
  { file, checksum }: PackedArchive,
  { force, dryRun }: { readonly force: boolean; readonly dryRun: boolean },
): Promise<void> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const stamp = fileStamp(path);
    if (stamp !== undefined && (await hasChecksum(path, checksum))) return;
    if (stamp !== undefined && !force) throw new ArchiveExists(name, checksum);
    if (dryRun) return;
    if (!discards(path)) removeStaleSiblings(path);
    if (replaceFile(path, readChunks(file), stamp)) return;
  }
  throw new OutputChanges(name);
}

async function hasChecksum(path: string, checksum: string): Promise<boolean> {
  if (discards(path)) return false;
  const hash = createHash('sha256');
  for await (const chunk of interruptible(readChunks(path))) hash.update(chunk);
  return `sha256:${hash.digest('hex')}` === checksum;
}

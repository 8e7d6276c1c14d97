import { AttuneError } from '../../errors.ts';
import { updateFile } from '../../platform/locks/update-file.ts';
import { expandPath } from '../../platform/paths.ts';
import { formatMerged, type Rebaser } from '../../registry/editing/format-merged.ts';
import { type Conflict, type MergedIndex, mergeIndexes as merge } from '../../registry/editing/merge-indexes.ts';
import { urlRebaser } from '../../registry/editing/rebase-sources.ts';
import { indexUrl } from '../../registry/fetch/index-location.ts';
import { indexFileFormat } from '../../registry/index/positions/located-index.ts';
import type { Runtime } from '../runtime.ts';
import { indexUpdateOptions, resolveIndexFile } from './index-file.ts';
import { readIndexStreams } from './index-input.ts';
import { type ReadIndex, readIndexes } from './read-indexes.ts';

export interface MergeRequest {
  readonly output: string;
  /** Paths, http(s) and file URLs, standard input (`-`) or pipes. */
  readonly inputs: readonly string[];
  /** Replace an existing output file. */
  readonly force: boolean;
  readonly skipMissing: boolean;
  readonly onConflict: 'first' | 'last' | 'error';
  readonly dryRun: boolean;
}

/** The JSON document of `pack index-merge` (SPEC section 7). */
export type MergeResult = ({ readonly success: true } | { readonly dry_run: true }) & {
  readonly output_file: string;
  readonly sources_count: number;
  readonly total_loaded: number;
  readonly unique_packs: number;
  readonly duplicates_resolved: number;
  readonly conflicts: readonly Conflict[];
  readonly warnings: readonly string[];
};

class OutputExists extends AttuneError {
  constructor(output: string) {
    super('EXISTS_OUTPUT', `The output file '${output}' already exists.`, {
      facts: { output_file: output },
      hint: 'Replace it with --force, or choose another file with --output.',
    });
  }
}

class ConflictingVersions extends AttuneError {
  constructor(conflicts: readonly Conflict[]) {
    super(
      'INTEGRITY_CONFLICT',
      [
        'The inputs conflict, so nothing was written:',
        ...conflicts.map((conflict) => `  ${formatConflict(conflict)}`),
      ].join('\n'),
      {
        facts: { conflicts },
        hint: 'Find out which checksum is correct, or choose an input with --on-conflict first or --on-conflict last.',
      },
    );
  }
}

/**
 * Merges several indexes into one. All inputs are read before the output is written, so the output may be an input.
 * @throws OutputExists, ConflictingVersions, IndexNotWritten, WriterBusy; the errors of `readIndexes`
 */
export async function mergeIndexes(request: MergeRequest, runtime: Runtime): Promise<MergeResult> {
  const file = resolveIndexFile(request.output, runtime);
  // The edit is repeated if another program changes the output meanwhile, and a pipe can be read only once.
  const streams = await readIndexStreams(request.inputs, runtime.reporter, runtime);
  return updateFile(
    file.path,
    async (exists, reporter) => {
      if (exists && !request.force) throw new OutputExists(request.output);
      const inputs = await readIndexes(request, streams, reporter, runtime);
      const indexes = inputs.map(({ index }) => index);
      const merged = merge(indexes, request.onConflict === 'last' ? 'last' : 'first');
      const { conflicts } = merged;
      if (conflicts.length > 0 && request.onConflict === 'error') throw new ConflictingVersions(conflicts);
      for (const conflict of conflicts) reporter.warn(formatConflict(conflict));
      return {
        content: formatMerged(merged, indexFileFormat(file.name), rebaserOf(inputs, request, runtime)),
        result: toMergeResult(request, indexes.length, merged, runtime.reporter.warnings),
      };
    },
    indexUpdateOptions(file, request),
    runtime,
  );
}

/** Returns the function that rebases the sources of each input on the output, whose links are not followed. */
function rebaserOf(
  inputs: readonly ReadIndex[],
  { output }: MergeRequest,
  { environment }: Pick<Runtime, 'environment'>,
): Rebaser {
  const to = indexUrl(expandPath(output, environment), environment.workingDirectory);
  const byIndex = new Map(inputs.map(({ index, url }) => [index, urlRebaser(url, to)]));
  return (index) => byIndex.get(index)!;
}

function toMergeResult(
  { output, dryRun }: MergeRequest,
  count: number,
  { entries, conflicts, totalLoaded }: MergedIndex,
  warnings: readonly string[],
): MergeResult {
  return {
    ...(dryRun ? { dry_run: true } : { success: true }),
    output_file: output,
    sources_count: count,
    total_loaded: totalLoaded,
    unique_packs: entries.length,
    duplicates_resolved: totalLoaded - entries.length,
    conflicts,
    warnings,
  };
}

function formatConflict({ ref, version, kept, candidates }: Conflict): string {
  const outcome = kept === null ? '' : `; the entry of ${kept} is used`;
  const builds = [...new Set(candidates.map((candidate) => candidate.version))];
  if (builds.length > 1) {
    const claims = candidates.map((one) => `${one.index} has ${one.version} with ${one.checksums.join(', ')}`);
    return `'${ref}' has versions that differ in build metadata only (${builds.join(', ')}), and an index has one of them: ${claims.join('; ')}${outcome}`;
  }
  const claims = candidates.map(({ index, checksums }) => `${index} has ${checksums.join(', ')}`).join('; ');
  return `'${ref}' ${version} has different checksums: ${claims}${outcome}`;
}

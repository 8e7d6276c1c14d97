import { join } from 'node:path';
import { AttuneError } from '../../errors.ts';
import { mapConcurrently } from '../../platform/concurrency.ts';
import { TemporaryDirectory } from '../../platform/files/temporary-directory.ts';
import { SafeUrl } from '../../platform/safe-url.ts';
import type { Finding } from '../../registry/index/findings.ts';
import { absoluteSource } from '../../registry/index/format.ts';
import type { ListedSource } from '../../registry/validation/validate-index.ts';
import { layoutOf } from '../../store/layout.ts';
import { StagingArea } from '../../store/staging.ts';
import type { Runtime } from '../runtime.ts';
import { NoSourceReachable, PackIdentityMismatch, stageEntry } from '../staging/stage-entry.ts';

export interface CheckedSources {
  readonly tally: SourceTally;
  readonly findings: readonly Finding[];
}

export interface SourceTally {
  readonly checked: number;
  /** Sources whose content matches the index. */
  readonly right: number;
  /** Sources whose content differs or no longer exists. */
  readonly wrong: number;
  /** Sources that could not be checked. */
  readonly unreachable: number;
}

interface IndexLocation {
  /** The name of the index in messages. */
  readonly index: string;
  /** The URL that relative source URLs are resolved against. */
  readonly base: SafeUrl;
}

/**
 * Downloads and verifies every source with the same steps as an installation, except for the store: a source that passes
 * can be installed. Weak checksums are compared too; validation reports them separately. Nothing is cached.
 * @throws AttuneError for a local failure that is not caused by a source, such as a full disk
 */
export async function checkSources(
  sources: readonly ListedSource[],
  location: IndexLocation,
  jobs: number,
  runtime: Runtime,
): Promise<CheckedSources> {
  using temporary = new TemporaryDirectory((text) => runtime.reporter.warn(text));
  let done = 0;
  const results = await mapConcurrently([...sources.entries()], jobs, async ([number, listed]) => {
    const failure = await findSourceError(listed, location, join(temporary.path, String(number)), runtime);
    done += 1;
    const verdict = failure === undefined ? 'matches the index' : VERDICTS[failure.code];
    const { ref, version, source } = listed;
    runtime.reporter.note(`${done}/${sources.length} ${ref} ${version}: ${new SafeUrl(source.url)} ${verdict}`);
    return (
      failure && { code: failure.code, path: listed.path, message: failure.error.message, fix: failure.error.hint }
    );
  });
  const findings = results.filter((finding) => finding !== undefined);
  const unreachable = findings.filter(({ code }) => code === 'source-unreachable').length;
  const [checked, wrong] = [sources.length, findings.length - unreachable];
  return { findings, tally: { checked, right: checked - wrong - unreachable, wrong, unreachable } };
}

const VERDICTS = {
  'source-unreachable': 'cannot be reached',
  'source-missing': 'does not exist',
  'source-checksum': 'has a different checksum',
  'source-identity': 'is a different pack',
  'source-invalid': 'is not a valid pack',
} as const;

interface SourceError {
  readonly code: keyof typeof VERDICTS;
  readonly error: AttuneError;
}

async function findSourceError(
  { ref, version, source }: ListedSource,
  { index, base }: IndexLocation,
  directory: string,
  runtime: Runtime,
): Promise<SourceError | undefined> {
  using area = new StagingArea(layoutOf(directory));
  try {
    const promise = { ref, version, registry: index, sources: [absoluteSource(source, base)] };
    await stageEntry(promise, true, area, runtime, { uncached: true });
    return undefined;
  } catch (thrown) {
    const error = thrown instanceof NoSourceReachable ? thrown.cause : thrown;
    const code = error instanceof AttuneError ? sourceErrorCode(error) : undefined;
    if (code === undefined) throw thrown;
    return { code, error: error as AttuneError };
  }
}

/** Returns the finding's code, or `undefined` for an error that the source did not cause. */
function sourceErrorCode(error: AttuneError): SourceError['code'] | undefined {
  if (error instanceof PackIdentityMismatch) return 'source-identity';
  switch (error.family) {
    case 'NETWORK':
      return [404, 410].includes(Number(error.facts['status'])) ? 'source-missing' : 'source-unreachable';
    case 'NOT_FOUND':
      return 'source-missing';
    case 'INTEGRITY':
      return 'source-checksum';
    case 'INVALID':
      return 'source-invalid';
    default:
      // An unreadable local archive. Every other STORE error concerns attune's own disk.
      return error.code === 'STORE_PERMISSION' ? 'source-unreachable' : undefined;
  }
}

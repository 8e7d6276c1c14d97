import { join } from 'node:path';
import { AttuneError } from '../../errors.ts';
import { inParallel } from '../../platform/concurrency.ts';
import { TemporaryDirectory } from '../../platform/files/temporary-directory.ts';
import { SafeUrl } from '../../platform/safe-url.ts';
import type { Finding } from '../../registry/index/findings.ts';
import { absoluteSource } from '../../registry/index/format.ts';
import type { ListedSource } from '../../registry/validation/validate-index.ts';
import { layoutOf } from '../../store/layout.ts';
import { StagingArea } from '../../store/staging.ts';
import type { Runtime } from '../runtime.ts';
import { NoSourceReachable, NotWhatWasPromised, stageEntry } from '../staging/stage-entry.ts';

export interface CheckedSources {
  readonly tally: SourceTally;
  readonly findings: readonly Finding[];
}

export interface SourceTally {
  readonly checked: number;
  /** They hold what the index says. */
  readonly right: number;
  /** They hold something else, or nothing any more. */
  readonly wrong: number;
  /** They could not be had, so there is no telling. */
  readonly unreachable: number;
}

interface IndexPlace {
  /** What messages call the index. */
  readonly index: string;
  /** What relative URLs are relative to. */
  readonly base: SafeUrl;
}

/**
 * Fetches every source by the very steps of an installation, up to the store: what passes here can be installed. A weak
 * checksum is compared all the same; that it is weak is told elsewhere. Nothing is kept.
 * @throws AttuneError when this machine is at fault and not a source: a full disk
 */
export async function checkSources(
  sources: readonly ListedSource[],
  place: IndexPlace,
  jobs: number,
  runtime: Runtime,
): Promise<CheckedSources> {
  using temporary = new TemporaryDirectory();
  let done = 0;
  const faults = await inParallel([...sources.entries()], jobs, async ([number, listed]) => {
    const fault = await findFault(listed, place, join(temporary.path, String(number)), runtime);
    done += 1;
    const verdict = fault === undefined ? 'is right' : VERDICTS[fault.code];
    const { ref, version, source } = listed;
    runtime.reporter.note(`${done}/${sources.length} ${ref} ${version}: ${new SafeUrl(source.url)} ${verdict}`);
    return fault && { code: fault.code, path: listed.path, message: fault.error.message, fix: fault.error.hint };
  });
  const findings = faults.filter((fault) => fault !== undefined);
  const unreachable = findings.filter(({ code }) => code === 'source-unreachable').length;
  const [checked, wrong] = [sources.length, findings.length - unreachable];
  return { findings, tally: { checked, right: checked - wrong - unreachable, wrong, unreachable } };
}

const VERDICTS = {
  'source-unreachable': 'cannot be reached',
  'source-missing': 'is not there',
  'source-checksum': 'has another checksum',
  'source-identity': 'is another pack',
  'source-invalid': 'is not a pack that can be installed',
} as const;

interface Fault {
  readonly code: keyof typeof VERDICTS;
  readonly error: AttuneError;
}

async function findFault(
  { ref, version, source }: ListedSource,
  { index, base }: IndexPlace,
  directory: string,
  runtime: Runtime,
): Promise<Fault | undefined> {
  using area = new StagingArea(layoutOf(directory));
  try {
    const promise = { ref, version, registry: index, sources: [absoluteSource(source, base)] };
    await stageEntry(promise, true, area, runtime, { uncached: true });
    return undefined;
  } catch (thrown) {
    const error = thrown instanceof NoSourceReachable ? thrown.cause : thrown;
    const code = error instanceof AttuneError ? faultOf(error) : undefined;
    if (code === undefined) throw thrown;
    return { code, error: error as AttuneError };
  }
}

/** `undefined` for what no source is to blame for. */
function faultOf(error: AttuneError): Fault['code'] | undefined {
  if (error instanceof NotWhatWasPromised) return 'source-identity';
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
      // A file here that may not be read; anything else of the kind is our own disk.
      return error.code === 'STORE_PERMISSION' ? 'source-unreachable' : undefined;
  }
}

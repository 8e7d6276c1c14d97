import { join } from 'node:path';
import { AttuneError } from '../../errors.ts';
import type { Clock } from '../../platform/clock.ts';
import { inspect, listDirectory } from '../../platform/files/inspect.ts';
import type { Runtime } from '../runtime.ts';
import { junitTarget, locatePack, type TestOutcome, type TestRequest, testPack } from './test-pack.ts';

/** The interval between two scans. A change starts a run once two consecutive scans are equal. */
const POLL_INTERVAL_MS = 300;
/** The minimum pause between scans as a multiple of a scan's duration, so that scanning a large tree stays cheap. */
const MIN_IDLE_RATIO = 10;

export interface WatchOptions {
  /** Stops the current run and the watching. */
  readonly signal: AbortSignal;
  /** Called after each run. */
  onOutcome(outcome: TestOutcome): Promise<void>;
}

/** The requested pack is installed, and the files of installed packs never change. */
export class NothingToWatch extends AttuneError {
  constructor(ref: string) {
    super('USAGE', `The files of the installed pack '${ref}' do not change, so there is nothing to watch.`, {
      facts: { ref },
      hint: `Pass your working copy of the pack, such as ./${ref}.`,
    });
  }
}

/**
 * Runs the tests of a pack at a path, and again whenever one of its files changes, until `signal` is aborted. Files are
 * polled, which also works on file systems without change notifications.
 *
 * An error of the first run is thrown. An error of a later run is a warning, and thrown only if it is the result of the
 * last run when watching ends.
 * @throws NothingToWatch and the errors of `testPack`
 */
export async function watchTests(
  request: TestRequest,
  runtime: Runtime,
  { signal, onOutcome }: WatchOptions,
): Promise<void> {
  const { directory, installed } = await locatePack(request.pack, runtime);
  if (installed) throw new NothingToWatch(request.pack);
  const ignored = request.junitFile === undefined ? undefined : junitTarget(request.junitFile, runtime);
  const scan = () => fingerprint(directory, ignored);
  let broken: AttuneError | undefined;
  for (let first = true; ; first = false) {
    // Scanned before the run, so that a change during the run starts another one.
    const before = scan();
    try {
      await onOutcome(await testPack({ ...request, signal }, runtime));
      broken = undefined;
    } catch (error) {
      if (signal.aborted) break;
      if (first || !(error instanceof AttuneError)) throw error;
      broken = error;
      runtime.reporter.warn(error.message);
    }
    runtime.reporter.note(`Waiting for changes in ${directory} (Ctrl-C ends)`);
    if (!(await waitForChange(scan, before, runtime.clock, signal))) break;
  }
  if (broken !== undefined) throw broken;
}

/** @returns false if `signal` was aborted first */
async function waitForChange(scan: () => string, before: string, clock: Clock, signal: AbortSignal): Promise<boolean> {
  for (let last = before; !signal.aborted; ) {
    const start = clock.elapsed();
    const current = scan();
    if (current !== before && current === last) return true;
    last = current;
    await clock.sleep(Math.max(POLL_INTERVAL_MS, MIN_IDLE_RATIO * (clock.elapsed() - start)), signal);
  }
  return false;
}

/** Returns a text that differs after a file was added, removed or written. An unreadable tree has a fingerprint too. */
function fingerprint(directory: string, ignored: string | undefined): string {
  const lines: string[] = [];
  const walk = (parent: string) => {
    for (const { name, kind } of listDirectory(parent)) {
      const path = join(parent, name);
      if (name === '.git' || name === 'node_modules' || name === '__pycache__' || path === ignored) continue;
      if (kind === 'directory') walk(path);
      else if (kind === 'file') {
        const status = inspect(path);
        lines.push(`${path} ${status?.size} ${status?.modifiedAt.getTime()} ${status?.executable}`);
      }
    }
  };
  try {
    walk(directory);
  } catch (error) {
    if (!(error instanceof AttuneError)) throw error;
    lines.push(error.message);
  }
  return lines.sort().join('\n');
}

import { join } from 'node:path';
import { AttuneError } from '../../errors.ts';
import type { Clock } from '../../platform/clock.ts';
import { inspect, listDirectory } from '../../platform/files/read.ts';
import type { Runtime } from '../runtime.ts';
import { junitTarget, locatePack, type TestOutcome, type TestRequest, testPack } from './test-pack.ts';

/** How often is looked; a change counts once nothing has changed between two looks. */
const LOOK_MS = 300;
/** A look at a large tree takes long itself: it must not be all that the machine does. */
const REST_RATIO = 10;

export interface Watching {
  /** The wish to stop: ends what runs, and the watching. */
  readonly signal: AbortSignal;
  /** Called after each run. */
  tell(outcome: TestOutcome): Promise<void>;
}

/** The files of an installed pack never change. */
export class NothingToWatch extends AttuneError {
  constructor(ref: string) {
    super('USAGE', `The files of the installed pack '${ref}' do not change, so there is nothing to watch.`, {
      facts: { ref },
      hint: `Name the directory that you work in, such as ./${ref}.`,
    });
  }
}

/**
 * Runs the tests of a pack at a path, and again whenever one of its files has changed, until the signal. Files are
 * looked at again and again, which works on every file system, also those that tell nobody of a change.
 *
 * What is wrong with the pack at first is thrown; what somebody breaks while they work is a warning, and thrown only
 * where it is still broken at the end: the end has the verdict of the last run.
 * @throws NothingToWatch, and what `testPack` throws
 */
export async function watchTests(request: TestRequest, runtime: Runtime, { signal, tell }: Watching): Promise<void> {
  const { directory, installed } = await locatePack(request.pack, runtime);
  if (installed) throw new NothingToWatch(request.pack);
  const ignored = request.junitFile === undefined ? undefined : junitTarget(request.junitFile, runtime);
  const look = () => fingerprint(directory, ignored);
  let broken: AttuneError | undefined;
  for (let first = true; ; first = false) {
    // Taken before the run: what changes while it goes on is tested again.
    const before = look();
    try {
      await tell(await testPack({ ...request, signal }, runtime));
      broken = undefined;
    } catch (error) {
      if (signal.aborted) break;
      if (first || !(error instanceof AttuneError)) throw error;
      broken = error;
      runtime.reporter.warn(error.message);
    }
    runtime.reporter.note(`Waiting for changes in ${directory} (Ctrl-C ends)`);
    if (!(await changed(look, before, runtime.clock, signal))) break;
  }
  if (broken !== undefined) throw broken;
}

/** @returns false when the wish to stop came first */
async function changed(look: () => string, before: string, clock: Clock, signal: AbortSignal): Promise<boolean> {
  for (let last = before; !signal.aborted; ) {
    const began = clock.elapsed();
    const now = look();
    if (now !== before && now === last) return true;
    last = now;
    await orAborted(clock.sleep(Math.max(LOOK_MS, REST_RATIO * (clock.elapsed() - began))), signal);
  }
  return false;
}

function orAborted(waiting: Promise<void>, signal: AbortSignal): Promise<void> {
  const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  return Promise.race([waiting, aborted]);
}

/** Differs once a file was added, removed or written. A tree that cannot be read just now is a state like any other. */
function fingerprint(directory: string, ignored: string | undefined): string {
  const lines: string[] = [];
  const walk = (at: string) => {
    for (const { name, kind } of listDirectory(at)) {
      const path = join(at, name);
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

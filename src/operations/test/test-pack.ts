import { readPack } from '../../packs/pack.ts';
import type { Runtime } from '../runtime.ts';
import { locatePack } from './locate-pack.ts';
import { reportTargets, writeReports } from './report-files.ts';
import type { TestOutcome, TestRequest } from './request.ts';
import { runPack } from './run-pack.ts';

/**
 * Runs a pack's tests in a private copy. Runs of installed packs are recorded in the store.
 * @throws NotInstalled, PackFilesMissing, UnknownRuntime, EnvironmentError, SandboxUnavailable; FileError if a report file cannot be
 * written; the errors of reading the pack; the reason of an aborted `signal`
 */
export async function testPack(request: TestRequest, runtime: Runtime): Promise<TestOutcome> {
  const { limits } = await runtime.config();
  const { directory, installed } = await locatePack(request.pack, runtime);
  const pack = readPack(directory, limits);
  // Fails before the tests run if a report cannot be written.
  const files = reportTargets(request, runtime);
  const outcome = await runPack({ pack, installed }, request, runtime);
  writeReports([outcome], files, runtime);
  return outcome;
}

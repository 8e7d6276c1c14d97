import { relative, resolve, sep } from 'node:path';
import { AttuneError } from '../../errors.ts';
import { inspect } from '../../platform/files/inspect.ts';
import { readFile } from '../../platform/files/read.ts';
import type { ProcessResult } from '../../platform/processes/types.ts';
import type { PlannedSuite } from '../plan.ts';
import type { Command, Measurement } from '../runners/runner.ts';
import type { Workspace } from '../workspace/environment-variables.ts';
import { resolveInside } from '../workspace/pack-paths.ts';
import type { CoverageCollector } from './collector.ts';
import type { LineHits } from './line-hits.ts';
import type { Unmeasured } from './parse.ts';

/** The coverage of a large pack. Larger files would take too much memory. */
const MAX_COVERAGE_BYTES = 64 * 1024 * 1024;

interface EndedSuite {
  readonly result: ProcessResult;
  /** `undefined` if the runner cannot measure. */
  readonly measurement: Measurement | undefined;
  readonly workspace: Workspace;
  /** Runs a further command as the suite was run. */
  run(command: Command): Promise<ProcessResult>;
}

/** Adds the coverage of a suite that ended, or the reason why there is none. Never fails because of the coverage. */
export async function measureSuite(suite: PlannedSuite, ended: EndedSuite, coverage: CoverageCollector): Promise<void> {
  const measured = await readCoverage(suite, ended);
  if ('problem' in measured) coverage.addUnmeasured(suite, measured.problem);
  else coverage.add(inPack(measured, ended.workspace.pack));
}

async function readCoverage(suite: PlannedSuite, ended: EndedSuite): Promise<LineHits | Unmeasured> {
  const { result, measurement } = ended;
  if (measurement === undefined) return { problem: cannotMeasure(suite) };
  if (result.startError !== undefined) return { problem: 'The suite could not be run' };
  if (result.timedOut || result.exitCode === null) return { problem: 'The suite did not end by itself' };
  const evaluated = measurement.evaluate && (await ended.run(measurement.evaluate));
  if (evaluated && measurement.isUnsupported?.(evaluated)) return { problem: cannotMeasure(suite) };
  try {
    const status = inspect(measurement.file);
    if (status?.kind !== 'file' || status.size === 0) return { problem: 'The runner wrote no coverage' };
    if (status.size > MAX_COVERAGE_BYTES)
      return { problem: `The coverage is larger than ${MAX_COVERAGE_BYTES / 1024 / 1024} MiB` };
    return measurement.parse(readFile(measurement.file).toString('utf8'));
  } catch (error) {
    if (!(error instanceof AttuneError)) throw error;
    return { problem: error.message.replace(/\.$/, '') };
  }
}

/** Explains why a suite has no measurement: its type has none, or the installed version of its runner is too old. */
function cannotMeasure({ type, command }: PlannedSuite): string {
  if (command !== undefined || type === 'script' || type === 'command')
    return 'Only the runners unittest, pytest, node, jest and mocha measure coverage';
  return `The installed version of ${type === 'jest' ? 'jest' : 'Node.js'} cannot measure coverage`;
}

/** Returns the lines of the files in the copy of the pack, by path relative to it. */
function inPack(hits: LineHits, packCopy: string): LineHits {
  const own = [...hits].flatMap(([path, lines]) => {
    const inside = relative(packCopy, resolve(packCopy, path));
    if (inside === '' || resolveInside(packCopy, inside) === undefined) return [];
    return [[inside.split(sep).join('/'), lines] as const];
  });
  return new Map(own);
}

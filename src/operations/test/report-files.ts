/** The files that `pack test` writes in addition to its report: JUnit XML, LCOV and Cobertura XML. */
import { dirname, isAbsolute, relative, sep } from 'node:path';
import { AttuneError } from '../../errors.ts';
import { makeDirectory } from '../../platform/files/entries.ts';
import { refuseSpecialTarget } from '../../platform/files/input/open-file.ts';
import { finalPath, realPath } from '../../platform/files/inspect.ts';
import { fileStamp, replaceFile } from '../../platform/files/write.ts';
import { expandPath } from '../../platform/paths.ts';
import type { MeasuredPack } from '../../testing/coverage/measured-pack.ts';
import { coberturaXml } from '../../testing/coverage/write-cobertura.ts';
import { lcovText } from '../../testing/coverage/write-lcov.ts';
import { junitXml } from '../../testing/results/write-junit.ts';
import type { Runtime } from '../runtime.ts';
import type { ReportFiles, TestOutcome } from './request.ts';

type Format = 'junit' | 'lcov' | 'cobertura';
export type ReportTargets = Partial<Readonly<Record<Format, string>>>;

/** Another process writes to the report file at the same time. */
export class ReportFileInUse extends AttuneError {
  constructor(path: string, format: Format) {
    super('STORE_FILE_IN_USE', `Cannot write the report to '${path}', because another program writes to it.`, {
      facts: { path },
      hint: `Pass a different --${format} file to each run.`,
    });
  }
}

/** Two reports would be written to one file. */
export class SameReportFile extends AttuneError {
  constructor(path: string, formats: readonly Format[]) {
    const flags = formats.map((format) => `--${format}`);
    super('USAGE', `${flags.join(' and ')} name the same file '${path}'.`, {
      facts: { path, flags },
      hint: 'Pass a different file to each of them.',
    });
  }
}

/**
 * Returns the paths of the report files with all links resolved, and creates their parent directories.
 * @throws SameReportFile; FileError, also if a path cannot be replaced by a file
 */
export function reportTargets(files: ReportFiles, { environment }: Pick<Runtime, 'environment'>): ReportTargets {
  const given: [Format, string | undefined][] = [
    ['junit', files.junitFile],
    ['lcov', files.lcovFile],
    ['cobertura', files.coberturaFile],
  ];
  const targets = given.flatMap(([format, file]) => {
    if (file === undefined) return [];
    const path = expandPath(file, environment);
    makeDirectory(dirname(path));
    const target = finalPath(path);
    refuseSpecialTarget(target);
    return [[format, target] as const];
  });
  for (const [path, same] of Map.groupBy(targets, ([, target]) => target)) {
    if (same.length > 1)
      throw new SameReportFile(
        path,
        same.map(([format]) => format),
      );
  }
  return Object.fromEntries(targets);
}

type NeededRuntime = Pick<Runtime, 'environment' | 'clock' | 'attuneVersion'>;

/** Writes the report files of a run. @throws ReportFileInUse, FileError */
export function writeReports(outcomes: readonly TestOutcome[], targets: ReportTargets, runtime: NeededRuntime): void {
  const { environment, clock, attuneVersion: version } = runtime;
  const source = realPath(environment.workingDirectory);
  const measured = outcomes.map((outcome) => toMeasured(outcome, source));
  const texts: Readonly<Record<Format, () => string>> = {
    junit: () =>
      junitXml(
        outcomes.map(({ report }) => report),
        environment.hostName,
      ),
    lcov: () => lcovText(measured),
    cobertura: () => coberturaXml(measured, { source, version, time: clock.now() }),
  };
  for (const [name, target] of Object.entries(targets)) {
    const format = name as Format;
    if (!replaceFile(target, [Buffer.from(texts[format]())], fileStamp(target)))
      throw new ReportFileInUse(target, format);
  }
}

function toMeasured({ report, directory, hits }: TestOutcome, workingDirectory: string): MeasuredPack {
  const prefix = pathFrom(workingDirectory, directory);
  return {
    ref: report.pack_ref,
    hits: hits ?? new Map(),
    pathOf: (path) => (prefix === '.' ? path : `${prefix}/${path}`),
  };
}

/**
 * Returns the path of a pack for other tools, which resolve it against the directory in which they run: relative, or absolute
 * for a pack outside of that directory.
 */
export function pathFrom(workingDirectory: string, directory: string): string {
  const below = relative(workingDirectory, directory);
  const isInside = below !== '..' && !below.startsWith(`..${sep}`) && !isAbsolute(below);
  return ((isInside ? below : directory) || '.').split(sep).join('/');
}

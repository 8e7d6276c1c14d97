/**
 * Collects the results of runners that print them, or write them to files, in a configurable format (`result_format`,
 * `result_path`). Files that existed before the run and did not change are not results.
 */
import { basename, extname, join } from 'node:path';
import type { ResultFormat } from '../../packs/manifest/types.ts';
import { makeDirectory } from '../../platform/files/entries.ts';
import { inspect, realPath } from '../../platform/files/inspect.ts';
import { readFile } from '../../platform/files/read.ts';
import { wasTruncated } from '../../platform/processes/bounded-output.ts';
import type { ProcessResult } from '../../platform/processes/types.ts';
import type { PlannedSuite } from '../plan.ts';
import { listFilesBelow, resolveInside, staysInside } from '../workspace/pack-paths.ts';
import { type Findings, makeCase, NO_COUNTS, problemFindings, sumCounts } from './findings.ts';
import { parseJson } from './parsers/json.ts';
import { parseJunit } from './parsers/junit.ts';
import { findPrintedFailure, parseSimple } from './parsers/simple.ts';
import { looksLikeTap, parseTap } from './parsers/tap.ts';

const MAX_RESULT_BYTES = 16 * 1024 * 1024;

const SUFFIXES: Readonly<Record<ResultFormat, readonly string[]>> = {
  simple: ['.txt', '.log'],
  tap: ['.tap', '.txt'],
  'junit-xml': ['.xml'],
  json: ['.json'],
};

const PARSERS: Readonly<Record<ResultFormat, (text: string) => Findings | undefined>> = {
  simple: parseSimple,
  tap: parseTap,
  'junit-xml': parseJunit,
  json: parseJson,
};

/**
 * Records the existing result files before a run, and creates the directory for results.
 * @returns a function that reads the results after the run
 */
export function prepareResultReader(suite: PlannedSuite, packDirectory: string): (result: ProcessResult) => Findings {
  const path = suite.resultPath === undefined ? undefined : resolveInside(packDirectory, suite.resultPath);
  if (suite.resultPath !== undefined && path === undefined) {
    return () => problemFindings(`The result_path '${suite.resultPath}' points outside the pack`);
  }
  if (path === undefined) return (result) => parseOutput(suite, result);
  if (suite.resultPath?.endsWith('/')) makeDirectory(path);
  const realPack = realPath(packDirectory);
  const before = fileVersions(path, suite.resultFormat);
  return (result) => {
    const written = [...fileVersions(path, suite.resultFormat)].filter(
      // A test may have replaced a directory by a link to files of the user.
      ([file, version]) => before.get(file) !== version && staysInside(realPack, file),
    );
    const findings = written.flatMap(([file]) => parseFile(file, suite.resultFormat ?? formatOf(file)));
    return findings.length === 0 ? parseOutput(suite, result) : combine(findings);
  };
}

/** Reads the private result file of a runner that always writes one. */
export function readResultFile(path: string, parse: (text: string) => Findings, result: ProcessResult): Findings {
  const status = inspect(path);
  if (status?.kind !== 'file') return problemFindings(withLastLine('The suite exited without results', result));
  if (status.size > MAX_RESULT_BYTES) return problemFindings(tooLarge(path));
  return parse(readFile(path).toString('utf8'));
}

function parseFile(path: string, format: ResultFormat | undefined): Findings[] {
  if (format === undefined) return [];
  if ((inspect(path)?.size ?? 0) > MAX_RESULT_BYTES) return [problemFindings(tooLarge(path))];
  const findings = PARSERS[format](readFile(path).toString('utf8'));
  return [findings ?? problemFindings(`The result file '${basename(path)}' has no counts such as 'Passed: 3'`)];
}

function parseOutput(suite: PlannedSuite, result: ProcessResult): Findings {
  const { stdout } = result;
  switch (suite.resultFormat) {
    case 'tap':
    case 'junit-xml':
    case 'json':
      if (stdout.trim() === '') return problemFindings(withLastLine(missingResults(suite), result));
      if (wasTruncated(stdout))
        return problemFindings('The output exceeds the retained size: write the results to result_path instead');
      return PARSERS[suite.resultFormat](stdout) ?? judgeByExitStatus(suite, result);
    case 'simple':
      return parseSimple(stdout) ?? judgeByExitStatus(suite, result);
    case undefined:
      if (looksLikeTap(stdout) && !wasTruncated(stdout)) return parseTap(stdout);
      return parseSimple(stdout) ?? judgeByExitStatus(suite, result);
  }
}

function missingResults({ resultPath }: PlannedSuite): string {
  return resultPath === undefined ? 'The suite printed no results' : `The suite wrote no results to '${resultPath}'`;
}

/** Derives one case from the exit status of a runner that reports no cases. `verdict.ts` judges a run that was cut short. */
function judgeByExitStatus(suite: PlannedSuite, result: ProcessResult): Findings {
  const { exitCode, timedOut, stdout, stderr, durationMs } = result;
  if (exitCode === null || timedOut) return { cases: [], problems: [] };
  const printed = exitCode === 0 ? findPrintedFailure(stdout) : undefined;
  if (printed !== undefined) {
    return problemFindings(`The suite exited with status 0, although it printed '${printed.slice(0, 200)}'`);
  }
  const error = exitCode === 0 ? undefined : withLastLine(`The suite exited with status ${exitCode}`, result);
  const status = exitCode === 0 ? 'passed' : 'failed';
  return { cases: [makeCase(suite.name, status, { durationMs, error, stdout, stderr })], problems: [] };
}

/** Appends the last line of the runner's output, which usually is the reason, to a sentence. */
export function withLastLine(sentence: string, { stderr, stdout }: Pick<ProcessResult, 'stdout' | 'stderr'>): string {
  const lines = (stderr.trim() || stdout.trim()).split('\n');
  const last = lines.at(-1)?.trim();
  return last ? `${sentence}: ${last.slice(0, 500)}` : sentence;
}

/** Returns the possible result files, each with a version that changes when the file is rewritten. */
function fileVersions(path: string, format: ResultFormat | undefined): Map<string, string> {
  const versions = new Map<string, string>();
  for (const file of inspect(path)?.kind === 'directory' ? resultFilesBelow(path, format) : [path]) {
    const status = inspect(file);
    // Reading from a FIFO would block forever.
    if (status?.kind === 'file') versions.set(file, `${status.modifiedAt.getTime()} ${status.size}`);
  }
  return versions;
}

/** Lists the files with a suffix of the format, sorted, so that the order of the cases is deterministic. */
function resultFilesBelow(directory: string, format: ResultFormat | undefined): string[] {
  const suffixes =
    format === undefined ? DETECTABLE_FORMATS.flatMap((known) => SUFFIXES[known].slice(0, 1)) : SUFFIXES[format];
  return listFilesBelow(directory)
    .filter((path) => suffixes.includes(extname(path)))
    .map((path) => join(directory, path));
}

/** The formats that are detected by a file's suffix. */
const DETECTABLE_FORMATS = ['junit-xml', 'tap', 'json'] as const;

function formatOf(path: string): ResultFormat | undefined {
  return DETECTABLE_FORMATS.find((format) => SUFFIXES[format][0] === extname(path));
}

function combine(all: readonly Findings[]): Findings {
  return {
    cases: all.flatMap(({ cases }) => cases),
    counts: all.map(({ counts }) => counts ?? NO_COUNTS).reduce(sumCounts, NO_COUNTS),
    problems: all.flatMap(({ problems }) => problems),
  };
}

function tooLarge(path: string): string {
  return `The result file '${basename(path)}' is larger than ${MAX_RESULT_BYTES / 1024 / 1024} MiB`;
}

/**
 * The results of runners that print or write them in a form of their choice (`result_format`, `result_path`). Nothing
 * that was in the pack before the run counts as a result of it.
 */
import { basename, extname, join } from 'node:path';
import type { ResultFormat } from '../../packs/manifest/types.ts';
import { makeDirectory } from '../../platform/files/entries.ts';
import { inspect, listDirectory } from '../../platform/files/inspect.ts';
import { readFile } from '../../platform/files/read.ts';
import { wasTruncated } from '../../platform/processes/bounded-output.ts';
import type { ProcessResult } from '../../platform/processes/types.ts';
import type { PlannedSuite } from '../plan.ts';
import { pathInside } from '../workspace/copy-pack.ts';
import { type Findings, problemFindings, makeCase, NO_COUNTS, sumCounts } from './findings.ts';
import { parseJson } from './parsers/json.ts';
import { parseJunit } from './parsers/junit.ts';
import { parseSimple, findPrintedFailure } from './parsers/simple.ts';
import { looksLikeTap, parseTap } from './parsers/tap.ts';

const LARGEST_RESULT_BYTES = 16 * 1024 * 1024;

const ENDINGS: Readonly<Record<ResultFormat, readonly string[]>> = {
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
 * Remembers what is there before a run, and makes the directory that results are to be written into.
 * @returns reads the results once the run is over
 */
export function prepareResultReader(suite: PlannedSuite, packDirectory: string): (result: ProcessResult) => Findings {
  const path = suite.resultPath === undefined ? undefined : pathInside(packDirectory, suite.resultPath);
  if (suite.resultPath !== undefined && path === undefined) {
    return () => problemFindings(`Its result_path '${suite.resultPath}' leads out of the pack`);
  }
  if (path === undefined) return (result) => readPrinted(suite, result);
  if (suite.resultPath?.endsWith('/')) makeDirectory(path);
  const before = stamps(path, suite.resultFormat);
  return (result) => {
    const written = [...stamps(path, suite.resultFormat)].filter(([file, stamp]) => before.get(file) !== stamp);
    const found = written.flatMap(([file]) => readWritten(file, suite.resultFormat ?? formatOf(file)));
    return found.length === 0 ? readPrinted(suite, result) : combine(found);
  };
}

/** A private result file of one of the runners that always write one. */
export function readResultFile(path: string, parse: (text: string) => Findings, result: ProcessResult): Findings {
  const status = inspect(path);
  if (status?.kind !== 'file') return problemFindings(withLastLine('It ended without any results', result));
  if (status.size > LARGEST_RESULT_BYTES) return problemFindings(tooLarge(path));
  return parse(readFile(path).toString('utf8'));
}

function readWritten(path: string, format: ResultFormat | undefined): Findings[] {
  if (format === undefined) return [];
  if ((inspect(path)?.size ?? 0) > LARGEST_RESULT_BYTES) return [problemFindings(tooLarge(path))];
  const found = PARSERS[format](readFile(path).toString('utf8'));
  return [found ?? problemFindings(`Its result file '${basename(path)}' has no counts such as 'Passed: 3'`)];
}

function readPrinted(suite: PlannedSuite, result: ProcessResult): Findings {
  const { stdout } = result;
  switch (suite.resultFormat) {
    case 'tap':
    case 'junit-xml':
    case 'json':
      if (stdout.trim() === '') return problemFindings(withLastLine(noResults(suite), result));
      if (wasTruncated(stdout)) return problemFindings('It printed more than is kept: let it write its results to result_path');
      return PARSERS[suite.resultFormat](stdout) ?? byExitStatus(suite, result);
    case 'simple':
      return parseSimple(stdout) ?? byExitStatus(suite, result);
    case undefined:
      if (looksLikeTap(stdout) && !wasTruncated(stdout)) return parseTap(stdout);
      return parseSimple(stdout) ?? byExitStatus(suite, result);
  }
}

function noResults({ resultPath }: PlannedSuite): string {
  return resultPath === undefined ? 'It printed no results' : `It wrote no results to '${resultPath}'`;
}

/** All that is known of a runner that names no cases. A run that was cut short is judged elsewhere. */
function byExitStatus(suite: PlannedSuite, result: ProcessResult): Findings {
  const { exitCode, timedOut, stdout, stderr, durationMs } = result;
  if (exitCode === null || timedOut) return { cases: [], problems: [] };
  const printed = exitCode === 0 ? findPrintedFailure(stdout) : undefined;
  if (printed !== undefined) {
    return problemFindings(`It ended with exit status 0, although it had printed '${printed.slice(0, 200)}'`);
  }
  const error = exitCode === 0 ? undefined : withLastLine(`It ended with exit status ${exitCode}`, result);
  const status = exitCode === 0 ? 'passed' : 'failed';
  return { cases: [makeCase(suite.name, status, { durationMs, error, stdout, stderr })], problems: [] };
}

/** A sentence with the last thing that the runner said, which mostly is the reason. */
export function withLastLine(sentence: string, { stderr, stdout }: Pick<ProcessResult, 'stdout' | 'stderr'>): string {
  const lines = (stderr.trim() || stdout.trim()).split('\n');
  const last = lines.at(-1)?.trim();
  return last ? `${sentence}: ${last.slice(0, 500)}` : sentence;
}

/** The regular files that may hold results, each with what tells a rewritten one from an old one. */
function stamps(path: string, format: ResultFormat | undefined): Map<string, string> {
  const found = new Map<string, string>();
  for (const file of inspect(path)?.kind === 'directory' ? filesBelow(path, format) : [path]) {
    const status = inspect(file);
    // A pipe would keep its reader waiting for ever.
    if (status?.kind === 'file') found.set(file, `${status.modifiedAt.getTime()} ${status.size}`);
  }
  return found;
}

/** Sorted, so that the cases come in the same order every time. */
function filesBelow(directory: string, format: ResultFormat | undefined): string[] {
  const endings = format === undefined ? TELLING.flatMap((known) => ENDINGS[known].slice(0, 1)) : ENDINGS[format];
  const found: string[] = [];
  const open = [directory];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const { name, kind } of listDirectory(at)) {
      if (kind === 'directory') open.push(join(at, name));
      else if (endings.includes(extname(name))) found.push(join(at, name));
    }
  }
  return found.sort();
}

/** The formats that a file's name tells by its ending. */
const TELLING = ['junit-xml', 'tap', 'json'] as const;

function formatOf(path: string): ResultFormat | undefined {
  return TELLING.find((format) => ENDINGS[format][0] === extname(path));
}

function combine(all: readonly Findings[]): Findings {
  return {
    cases: all.flatMap(({ cases }) => cases),
    counts: all.map(({ counts }) => counts ?? NO_COUNTS).reduce(sumCounts, NO_COUNTS),
    problems: all.flatMap(({ problems }) => problems),
  };
}

function tooLarge(path: string): string {
  return `Its result file '${basename(path)}' is larger than ${LARGEST_RESULT_BYTES / 1024 / 1024} MiB`;
}

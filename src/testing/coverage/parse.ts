/**
 * Parses the coverage that runners write. The tests could have written the files instead, so every value is checked. Paths
 * are absolute or relative to the working directory of the tests.
 */
import * as v from 'valibot';
import type { LineHits } from './line-hits.ts';

/** The reason why there is no coverage, a sentence without a full stop. */
export interface Unmeasured {
  readonly problem: string;
}

export type ParseCoverage = (text: string) => LineHits | Unmeasured;

/** Longer files are not source files that anyone reads. */
const MAX_LINE = 10_000_000;
const LINE = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_LINE));
const COUNT = v.pipe(v.number(), v.integer(), v.minValue(0));
const PROBLEM = v.object({ problem: v.pipe(v.string(), v.maxLength(2000)) });

/** Returns a parser of JSON documents with a schema. */
function parserOf<T extends v.GenericSchema>(
  tool: string,
  schema: T,
  toEntries: (document: v.InferOutput<T>) => Iterable<readonly [path: string, Iterable<readonly [number, number]>]>,
): ParseCoverage {
  return (text) => {
    let document: unknown;
    try {
      document = JSON.parse(text);
    } catch {
      return { problem: `The coverage of ${tool} is not valid JSON` };
    }
    const refused = v.safeParse(PROBLEM, document);
    if (refused.success) return { problem: refused.output.problem.trim().replace(/\s+/g, ' ').replace(/\.$/, '') };
    const read = v.safeParse(schema, document);
    if (!read.success) return { problem: `The coverage of ${tool} has an unknown format` };
    return new Map([...toEntries(read.output)].map(([path, lines]) => [path, new Map(lines)]));
  };
}

/** Parses `coverage json` (https://coverage.readthedocs.io/en/latest/cmd.html#json-reporting-coverage-json). */
export const parsePythonCoverage = parserOf(
  'coverage.py',
  v.object({
    files: v.record(v.string(), v.object({ executed_lines: v.array(LINE), missing_lines: v.array(LINE) })),
  }),
  ({ files }) =>
    Object.entries(files).map(([path, { executed_lines: executed, missing_lines: missing }]) => [
      path,
      [...executed.map((line) => [line, 1] as const), ...missing.map((line) => [line, 0] as const)],
    ]),
);

/** Parses the output of `node-reporter.ts`. Lines that a comment excludes from coverage are counted as covered, as Node does. */
export const parseNodeCoverage = parserOf(
  'Node.js',
  v.object({
    files: v.array(
      v.object({
        path: v.string(),
        total: v.pipe(COUNT, v.maxValue(MAX_LINE)),
        lines: v.array(v.tuple([LINE, COUNT])),
      }),
    ),
  }),
  ({ files }) =>
    files.map(({ path, total, lines }) => {
      const counted = new Map(lines);
      return [path, Array.from({ length: total }, (_, index) => [index + 1, counted.get(index + 1) ?? 1] as const)];
    }),
);

const POSITION = v.object({ line: LINE });

/** Parses the `json` report of istanbul, which jest writes. As in its other reports, a line counts as its statements that begin there. */
export const parseIstanbulCoverage = parserOf(
  'jest',
  v.record(
    v.string(),
    v.object({
      statementMap: v.record(v.string(), v.object({ start: POSITION })),
      s: v.record(v.string(), COUNT),
    }),
  ),
  (files) =>
    Object.entries(files).map(([path, { statementMap, s }]) => {
      const lines = new Map<number, number>();
      for (const [id, { start }] of Object.entries(statementMap)) {
        lines.set(start.line, Math.max(lines.get(start.line) ?? 0, s[id] ?? 0));
      }
      return [path, lines] as const;
    }),
);

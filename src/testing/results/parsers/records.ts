/**
 * Parses the records of attune's reporters for `unittest` and `node`, one JSON object in each line: `start` before a case,
 * `case` after it, `end` after the last one. A run without `end` was interrupted, regardless of its exit status.
 */
import * as v from 'valibot';
import type { TestCase } from '../../../packs/test-report.ts';
import { type Findings, makeCase } from '../findings.ts';

const TEXT = v.optional(v.nullable(v.string()));
const RECORD = v.variant('event', [
  v.object({ event: v.literal('start'), name: v.string() }),
  v.object({
    event: v.literal('case'),
    name: v.string(),
    status: v.picklist(['passed', 'failed', 'skipped']),
    duration_ms: v.optional(v.number()),
    error: TEXT,
    stdout: TEXT,
    stderr: TEXT,
  }),
  v.object({ event: v.literal('end') }),
]);

export function parseRecords(text: string): Findings {
  const cases: TestCase[] = [];
  const problems: string[] = [];
  let unfinished: string | undefined;
  let ended = false;
  for (const line of text.split('\n').filter(Boolean)) {
    const record = readLine(line);
    if (record === undefined) problems.push(`The suite wrote an invalid result line: ${line.slice(0, 200)}`);
    else if (record.event === 'start') unfinished = record.name;
    else if (record.event === 'end') ended = true;
    else {
      unfinished = undefined;
      cases.push(caseOf(record));
    }
  }
  if (!ended) problems.push('The suite stopped before all its tests were run');
  return { cases, problems, unfinished };
}

type CaseRecord = Extract<v.InferOutput<typeof RECORD>, { event: 'case' }>;

function caseOf({ name, status, duration_ms, error, stdout, stderr }: CaseRecord): TestCase {
  return makeCase(name, status, {
    durationMs: duration_ms,
    error: error ?? undefined,
    stdout: stdout ?? undefined,
    stderr: stderr ?? undefined,
  });
}

function readLine(line: string): v.InferOutput<typeof RECORD> | undefined {
  try {
    const read = v.safeParse(RECORD, JSON.parse(line));
    return read.success ? read.output : undefined;
  } catch {
    // The last line of a killed runner may be incomplete.
    return undefined;
  }
}

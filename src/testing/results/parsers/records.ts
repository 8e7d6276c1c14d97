/**
 * The lines that attune's own reporters for `unittest` and `node` write, a JSON object each: `start` before a case,
 * `case` after it, `end` when everything was run. A run without an `end` did not get there, whatever its exit status.
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
    if (record === undefined) problems.push(`It wrote a line that is no result: ${line.slice(0, 200)}`);
    else if (record.event === 'start') unfinished = record.name;
    else if (record.event === 'end') ended = true;
    else {
      unfinished = undefined;
      cases.push(caseOf(record));
    }
  }
  if (!ended) problems.push('It stopped before all its tests were run');
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
    // The last line of a runner that was killed may be half a line.
    return undefined;
  }
}

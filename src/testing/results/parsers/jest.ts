/** Parses the output of `jest --json` (https://jestjs.io/docs/cli#--json): a list of files, each with assertions. */
import * as v from 'valibot';
import type { CaseStatus, TestCase } from '../../../packs/test-report.ts';
import { type Findings, makeCase, problemFindings } from '../findings.ts';

const DOCUMENT = v.object({
  testResults: v.array(
    v.object({
      name: v.string(),
      status: v.string(),
      message: v.optional(v.string()),
      assertionResults: v.array(
        v.object({
          fullName: v.string(),
          status: v.string(),
          duration: v.optional(v.nullable(v.number())),
          failureMessages: v.optional(v.nullable(v.array(v.string()))),
        }),
      ),
    }),
  ),
});

type File = v.InferOutput<typeof DOCUMENT>['testResults'][number];

export function parseJest(text: string): Findings {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return problemFindings('The results of jest are not valid JSON');
  }
  const read = v.safeParse(DOCUMENT, document);
  if (!read.success) return problemFindings('The results of jest have an unknown format');
  return { cases: read.output.testResults.flatMap(casesOf), problems: [] };
}

function casesOf(file: File): TestCase[] {
  if (file.assertionResults.length === 0 && file.status === 'failed') {
    return [makeCase(file.name, 'failed', { error: reasonOf(file.message ?? '') || 'The file could not be run.' })];
  }
  return file.assertionResults.map((assertion) => {
    const status = statusOf(assertion.status);
    const error = status === 'failed' ? assertion.failureMessages?.join('\n\n') || 'jest gave no reason.' : undefined;
    return makeCase(assertion.fullName, status, { durationMs: assertion.duration ?? undefined, error });
  });
}

function statusOf(status: string): CaseStatus {
  if (status === 'passed') return 'passed';
  return ['pending', 'skipped', 'todo', 'disabled'].includes(status) ? 'skipped' : 'failed';
}

/** Removes jest's heading, which only says that the file failed, and the indentation. */
function reasonOf(message: string): string {
  return message
    .replace(/^\s*●[^\n]*\n+/, '')
    .replace(/^ {4}/gm, '')
    .trim();
}

/** What `jest --json` writes (https://jestjs.io/docs/cli#--json): a list of files, each with its assertions. */
import * as v from 'valibot';
import type { CaseStatus, TestCase } from '../../../packs/test-report.ts';
import { type Findings, problemFindings, makeCase } from '../findings.ts';

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
    return problemFindings('The results of jest are no JSON');
  }
  const read = v.safeParse(DOCUMENT, document);
  if (!read.success) return problemFindings('The results of jest have an unknown form');
  return { cases: read.output.testResults.flatMap(casesOf), problems: [] };
}

function casesOf(file: File): TestCase[] {
  if (file.assertionResults.length === 0 && file.status === 'failed') {
    return [makeCase(file.name, 'failed', { error: reasonOf(file.message ?? '') || 'The file could not be run.' })];
  }
  return file.assertionResults.map((found) => {
    const status = statusOf(found.status);
    const error = status === 'failed' ? found.failureMessages?.join('\n\n') || 'jest gave no reason.' : undefined;
    return makeCase(found.fullName, status, { durationMs: found.duration ?? undefined, error });
  });
}

function statusOf(word: string): CaseStatus {
  if (word === 'passed') return 'passed';
  return ['pending', 'skipped', 'todo', 'disabled'].includes(word) ? 'skipped' : 'failed';
}

/** jest puts a heading over it, which says no more than that it failed, and indents it. */
function reasonOf(message: string): string {
  return message
    .replace(/^\s*●[^\n]*\n+/, '')
    .replace(/^ {4}/gm, '')
    .trim();
}

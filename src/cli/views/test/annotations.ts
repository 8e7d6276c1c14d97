/**
 * Test failures as workflow commands of GitHub Actions, which shows them next to the code, one per line. The runner reads
 * them from both streams; they are written to standard error, because standard output carries only the result.
 */
import { isAbsolute, join, relative, sep } from 'node:path';
import type { TestCase, TestReport } from '../../../packs/test-report.ts';
import { workflowCommand } from '../github-command.ts';

/** The number of annotations per step that GitHub shows (https://github.com/orgs/community/discussions/26680). */
const MAX_ANNOTATIONS = 10;
const MESSAGE_LINES = 20;

type Variables = Readonly<Record<string, string | undefined>>;

export interface Annotated {
  readonly report: TestReport;
  /** The absolute path of the pack; failures have locations only if it is in the runner's workspace. */
  readonly directory: string;
}

/** @returns an empty string outside GitHub Actions or if no test failed */
export function annotations(all: readonly Annotated[], variables: Variables): string {
  if (variables['GITHUB_ACTIONS'] !== 'true') return '';
  const failures = all.flatMap(({ report, directory }) => {
    const root = pathInWorkspace(directory, variables['GITHUB_WORKSPACE']);
    return report.test_suites.flatMap(({ name, test_cases }) =>
      test_cases.filter(({ status }) => status === 'failed').map((found) => annotation(report, name, found, root)),
    );
  });
  const shown = failures.length > MAX_ANNOTATIONS ? failures.slice(0, MAX_ANNOTATIONS - 1) : failures;
  if (shown.length < failures.length) {
    const ref = all.length === 1 ? `${all[0]?.report.pack_ref}: ` : '';
    const title = `${ref}${failures.length - shown.length} more failures`;
    shown.push(workflowCommand('error', { title }, 'All failures are in the log of this step.'));
  }
  return shown.join('');
}

function annotation({ pack_ref }: TestReport, suite: string, found: TestCase, root: string | undefined): string {
  const { file, line, error_message } = found;
  const location: Readonly<Record<string, string>> =
    root === undefined || file === null ? {} : { file: join(root, file).replaceAll(sep, '/'), line: String(line) };
  const message = (error_message ?? 'The test failed.').split('\n').slice(0, MESSAGE_LINES).join('\n');
  return workflowCommand('error', { ...location, title: `${pack_ref}, ${suite}: ${found.name}` }, message);
}

/** Returns the path relative to the repository's checkout, as the runner expects it. */
function pathInWorkspace(directory: string, workspace: string | undefined): string | undefined {
  if (!workspace) return undefined;
  const path = relative(workspace, directory);
  return path === '..' || path.startsWith(`..${sep}`) || isAbsolute(path) ? undefined : path;
}

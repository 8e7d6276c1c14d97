/**
 * Failures for a GitHub Actions runner, which shows them beside the code: workflow commands, one a line
 * (https://docs.github.com/actions/reference/workflow-commands-for-github-actions#setting-an-error-message). It reads
 * them from either stream; they go to standard error, where everything goes that is no result.
 */
import { isAbsolute, join, relative, sep } from 'node:path';
import type { TestCase, TestReport } from '../../../packs/test-report.ts';
import { printable } from '../../text/sanitize.ts';

/** What a runner shows of a step at most (https://github.com/orgs/community/discussions/26680). */
const MOST = 10;
const MESSAGE_LINES = 20;

type Variables = Readonly<Record<string, string | undefined>>;

export interface Annotated {
  readonly report: TestReport;
  /** Of the pack, absolute; only what is in the runner's workspace has places. */
  readonly directory: string;
}

/** @returns nothing where no such runner listens, or nothing failed */
export function annotations({ report, directory }: Annotated, variables: Variables): string {
  if (variables['GITHUB_ACTIONS'] !== 'true') return '';
  const root = placeInWorkspace(directory, variables['GITHUB_WORKSPACE']);
  const failures = report.test_suites.flatMap(({ name, test_cases }) =>
    test_cases.filter(({ status }) => status === 'failed').map((found) => annotation(report, name, found, root)),
  );
  const shown = failures.length > MOST ? failures.slice(0, MOST - 1) : failures;
  if (shown.length < failures.length) {
    const title = `${report.pack_ref}: ${failures.length - shown.length} more failures`;
    shown.push(command({ title }, 'The log of this step has them all.'));
  }
  return shown.join('');
}

function annotation({ pack_ref }: TestReport, suite: string, found: TestCase, root: string | undefined): string {
  const { file, line, error_message } = found;
  const place: Readonly<Record<string, string>> =
    root === undefined || file === null ? {} : { file: join(root, file).replaceAll(sep, '/'), line: String(line) };
  const message = (error_message ?? 'It failed.').split('\n').slice(0, MESSAGE_LINES).join('\n');
  return command({ ...place, title: `${pack_ref}, ${suite}: ${found.name}` }, message);
}

/** Relative to where the repository was checked out, as the runner wants it. */
function placeInWorkspace(directory: string, workspace: string | undefined): string | undefined {
  if (!workspace) return undefined;
  const path = relative(workspace, directory);
  return path === '..' || path.startsWith(`..${sep}`) || isAbsolute(path) ? undefined : path;
}

function command(properties: Readonly<Record<string, string>>, message: string): string {
  const words = Object.entries(properties).map(([name, value]) => `${name}=${escapeProperty(value)}`);
  return `::error ${words.join(',')}::${escapeData(message)}\n`;
}

/** As the runner itself takes it back (actions/toolkit, packages/core/src/command.ts). */
function escapeData(text: string): string {
  return printable(text.replace(/\r\n?/g, '\n')).replaceAll('%', '%25').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

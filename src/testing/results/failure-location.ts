/**
 * Locates a failure in the pack from the runner's message: a Python traceback, a JavaScript stack trace, or a `path:line` as
 * compilers and shells print it.
 */
import { join, sep } from 'node:path';
import type { TestCase } from '../../packs/test-report.ts';
import { inspect } from '../../platform/files/inspect.ts';

interface Location {
  readonly file: string;
  readonly line: number;
}

interface LocationPattern {
  readonly pattern: RegExp;
  /** The position of the innermost location, where the failure was raised, among all matches. */
  readonly innermost: 'first' | 'last';
}

const PATTERNS: readonly LocationPattern[] = [
  { pattern: /File "([^"\n]{1,500})", line (\d{1,7})/g, innermost: 'last' },
  { pattern: /^ *at (?:[^\n]{0,300}[( ])?([^()\s]{1,500}?):(\d{1,7}):\d{1,7}\)?$/gm, innermost: 'first' },
  { pattern: /^[ >]*([^\s:"'()]{1,300}):(?: line )?(\d{1,7})(?=[:)\s]|$)/gm, innermost: 'last' },
];

/** Returns a case with its location, and with paths that are relative to the pack instead of the copy. */
export function locateFailure(testCase: TestCase, packCopy: string): TestCase {
  const inPack = (text: string) => text.replaceAll(`file://${packCopy}${sep}`, '').replaceAll(`${packCopy}${sep}`, '');
  const message = testCase.error_message === null ? null : inPack(testCase.error_message);
  const relative = { ...testCase, name: inPack(testCase.name), error_message: message };
  if (testCase.status !== 'failed' || message === null) return relative;
  return { ...relative, ...innermostLocation(message, packCopy) };
}

function innermostLocation(message: string, packCopy: string): Location | undefined {
  for (const { pattern, innermost } of PATTERNS) {
    const locations = [...message.matchAll(pattern)].map(([, file = '', line]) => ({ file, line: Number(line) }));
    const ordered = innermost === 'last' ? locations.reverse() : locations;
    const location = ordered.find(({ file }) => isFileOfPack(file, packCopy));
    if (location !== undefined) return location;
  }
  return undefined;
}

/** Returns whether a path is a file of the pack. Files in `node_modules` do not count, since users cannot fix them. */
function isFileOfPack(file: string, packCopy: string): boolean {
  if (/^([/\\]|[a-z]+:)|(^|[/\\])(\.\.|node_modules)([/\\]|$)|\0/i.test(file)) return false;
  try {
    return inspect(join(packCopy, file))?.kind === 'file';
  } catch {
    return false;
  }
}

/**
 * Where in the pack a failure happened, read from what the runner said about it: the traceback of Python, the stack of
 * JavaScript, or a `path:line` as compilers and shells print it.
 */
import { join, sep } from 'node:path';
import type { TestCase } from '../../packs/test-report.ts';
import { inspect } from '../../platform/files/inspect.ts';

interface Place {
  readonly file: string;
  readonly line: number;
}

interface Form {
  readonly pattern: RegExp;
  /** Which of several places is the innermost, where the failure was raised. */
  readonly innermost: 'first' | 'last';
}

const FORMS: readonly Form[] = [
  { pattern: /File "([^"\n]{1,500})", line (\d{1,7})/g, innermost: 'last' },
  { pattern: /^ *at (?:[^\n]{0,300}[( ])?([^()\s]{1,500}?):(\d{1,7}):\d{1,7}\)?$/gm, innermost: 'first' },
  { pattern: /^[ >]*([^\s:"'()]{1,300}):(?: line )?(\d{1,7})(?=[:)\s]|$)/gm, innermost: 'last' },
];

/** A case that names files as they are in the pack and not in its copy, with the place where it failed. */
export function locateFailure(found: TestCase, packCopy: string): TestCase {
  const inPack = (text: string) => text.replaceAll(`file://${packCopy}${sep}`, '').replaceAll(`${packCopy}${sep}`, '');
  const message = found.error_message === null ? null : inPack(found.error_message);
  const told = { ...found, name: inPack(found.name), error_message: message };
  if (found.status !== 'failed' || message === null) return told;
  return { ...told, ...innermostPlace(message, packCopy) };
}

function innermostPlace(message: string, packCopy: string): Place | undefined {
  for (const { pattern, innermost } of FORMS) {
    const places = [...message.matchAll(pattern)].map(([, file = '', line]) => ({ file, line: Number(line) }));
    const place = (innermost === 'last' ? places.reverse() : places).find(({ file }) => isOfPack(file, packCopy));
    if (place !== undefined) return place;
  }
  return undefined;
}

/** A relative path that stays in the pack and is a file there; what came with npm is nobody's to mend. */
function isOfPack(file: string, packCopy: string): boolean {
  if (/^([/\\]|[a-z]+:)|(^|[/\\])(\.\.|node_modules)([/\\]|$)|\0/i.test(file)) return false;
  try {
    return inspect(join(packCopy, file))?.kind === 'file';
  } catch {
    return false;
  }
}

import { stripVTControlCharacters } from 'node:util';
import { widthOf } from './display-width.ts';

export interface WrapOptions {
  /** The columns that a continuation line is indented by, in addition to the indentation of its first line. */
  readonly hanging?: number;
  /** The end of each continued line, such as ` \`. */
  readonly lineEnd?: string;
  /** Matches one unbreakable word with the spaces after it. */
  readonly word?: RegExp;
}

/**
 * Wraps the lines of a text at spaces. Continuation lines keep the indentation of their first line; a word that is wider
 * than `columns` stays whole, so that it can be copied.
 */
export function wrapText(text: string, columns: number, options: WrapOptions = {}): string {
  return text
    .split('\n')
    .map((line) => wrapLine(line, columns, options))
    .join('\n');
}

function wrapLine(line: string, columns: number, { hanging = 0, lineEnd = '', word = /\S+\s*/g }: WrapOptions): string {
  if (visibleWidth(line) <= columns) return line;
  const [indent = ''] = /^ */.exec(line) ?? [];
  const lines: string[] = [];
  let current = indent;
  for (const next of line.slice(indent.length).match(word) ?? []) {
    const isFirst = current.trim() === '';
    if (!isFirst && visibleWidth((current + next).trimEnd()) + lineEnd.length > columns) {
      lines.push(current.trimEnd() + lineEnd);
      current = indent + ' '.repeat(hanging);
    }
    current += next;
  }
  return [...lines, current.trimEnd()].join('\n');
}

/** Returns the columns that a text takes on a terminal, without its control sequences. */
export function visibleWidth(text: string): number {
  return widthOf(stripVTControlCharacters(text));
}

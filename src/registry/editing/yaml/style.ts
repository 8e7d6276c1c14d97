import { dump } from 'js-yaml';

/** The layout of a YAML file. */
export interface YamlStyle {
  readonly lineEnd: string;
  /** True if the dashes of a list are not indented relative to its key. */
  readonly flatLists: boolean;
}

/** The layout of new files. */
export const DEFAULT_YAML: YamlStyle = { lineEnd: '\n', flatLists: false };

/**
 * Formats a value as the lines of a block, each with its line end.
 * @param indent precedes all lines but the first
 */
export function formatYaml(value: unknown, { lineEnd, flatLists }: YamlStyle, indent = ''): string {
  // A document end marker is added if trailing blank lines belong to the last value; inside a file it would end the file.
  const text = dump(value, { lineWidth: -1, noRefs: true, seqNoIndent: flatLists }).replace(/\n\.\.\.\n$/, '\n');
  return text.replace(/\n(?=[^\n])/g, `\n${indent}`).replaceAll('\n', lineEnd);
}

/** Formats a string on one line, with the quotes of the string that it replaces. */
export function formatYamlString(value: string, quotes: 'QUOTE_DOUBLE' | 'QUOTE_SINGLE' | string | undefined): string {
  if (quotes === 'QUOTE_DOUBLE') return JSON.stringify(value);
  const plain = dump(value, { lineWidth: -1 }).slice(0, -1);
  if (quotes === 'QUOTE_SINGLE' && plain === value) return `'${value.replaceAll("'", "''")}'`;
  return plain.includes('\n') ? JSON.stringify(value) : plain;
}

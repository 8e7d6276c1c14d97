import { dump } from 'js-yaml';

/** How a YAML file is laid out. */
export interface YamlStyle {
  readonly lineEnd: string;
  /** The dashes of a list stand under its key and not to the right of it. */
  readonly flatLists: boolean;
}

/** As attune writes YAML where there is no file to follow. */
export const OWN_YAML: YamlStyle = { lineEnd: '\n', flatLists: false };

/**
 * A value as the lines of a block, each with its line end.
 * @param indent before all lines but the first
 */
export function formatYaml(value: unknown, { lineEnd, flatLists }: YamlStyle, indent = ''): string {
  // The end of the document is marked where blank lines belong to the last value; inside a file it would end that.
  const text = dump(value, { lineWidth: -1, noRefs: true, seqNoIndent: flatLists }).replace(/\n\.\.\.\n$/, '\n');
  return text.replace(/\n(?=[^\n])/g, `\n${indent}`).replaceAll('\n', lineEnd);
}

/** A string on one line, in the quotes that the one before it had. */
export function formatYamlString(value: string, quotes: 'QUOTE_DOUBLE' | 'QUOTE_SINGLE' | string | undefined): string {
  if (quotes === 'QUOTE_DOUBLE') return JSON.stringify(value);
  const plain = dump(value, { lineWidth: -1 }).slice(0, -1);
  if (quotes === 'QUOTE_SINGLE' && plain === value) return `'${value.replaceAll("'", "''")}'`;
  return plain.includes('\n') ? JSON.stringify(value) : plain;
}

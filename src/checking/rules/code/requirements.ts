/** The requirements that the platform installs: `requirements.txt` and `package.json` at the root of the pack. */
import type { Span } from '../../../documents/yaml/nodes.ts';
import type { PackModel, TextFile } from '../../../packs/components/pack-model.ts';

export interface Requirement {
  readonly file: TextFile;
  readonly span: Span;
  /** As it is written. */
  readonly text: string;
  /** Normalized: lower case, `-` for `_` and `.`. */
  readonly name: string;
  /** The specifiers; empty for any version. */
  readonly range: string;
  readonly hashed: boolean;
}

export const REQUIREMENTS = 'requirements.txt';

export function normalizeName(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-');
}

/** Returns the lines of `requirements.txt` that name a distribution, a path or a URL; options are left out. */
export function pythonRequirements(pack: PackModel): Requirement[] {
  const file = pack.text(REQUIREMENTS);
  if (!file) return [];
  const found: Requirement[] = [];
  for (const match of file.text.matchAll(/^[^\r\n]*/gm)) {
    const text = match[0].replace(/(?:^|\s)#.*$/, '').replace(/\\$/, '');
    const trimmed = text.trim();
    if (trimmed === '' || /^--?(?!e\b|-editable\b)/.test(trimmed)) continue;
    const start = match.index + text.indexOf(trimmed);
    found.push({
      file,
      span: { start, end: start + trimmed.length },
      text: trimmed,
      ...parse(trimmed),
      hashed: isHashed(file.text, match.index),
    });
  }
  return found;
}

function parse(text: string): { name: string; range: string } {
  if (/^(?:git\+|https?:|file:|-|[./])/.test(text)) return { name: '', range: '' };
  const [, name = '', range = ''] = /^([A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*(.*)$/.exec(text) ?? [];
  return {
    name: normalizeName(name),
    range: range
      .replace(/;.*$/, '')
      .replace(/--hash.*$/, '')
      .replace(/^\((.*)\)$/, '$1')
      .trim(),
  };
}

function isHashed(text: string, from: number): boolean {
  const end = /[^\\]\r?\n/.exec(text.slice(from));
  return text.slice(from, end ? from + end.index + 1 : undefined).includes('--hash=');
}

export interface NodeDependency {
  readonly file: TextFile;
  readonly span: Span;
  readonly name: string;
  readonly range: string;
}

/** Returns the `dependencies` of `package.json`; none if it does not parse. */
export function nodeDependencies(pack: PackModel): NodeDependency[] {
  const file = pack.text('package.json');
  if (!file) return [];
  const dependencies = (parseJson(file.text) as { dependencies?: unknown } | undefined)?.dependencies;
  if (typeof dependencies !== 'object' || dependencies === null) return [];
  return Object.entries(dependencies).map(([name, range]) => {
    const start = Math.max(0, file.text.indexOf(JSON.stringify(name), file.text.indexOf('"dependencies"')));
    return { file, span: { start, end: start + name.length + 2 }, name, range: String(range) };
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

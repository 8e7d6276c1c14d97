/** The scripts of a pack and what they import. */
import type { ComponentFile, PackModel, TextFile } from '../../../packs/components/pack-model.ts';
import { runtimeOf, runtimeOfScript } from '../../runtimes.ts';
import { field, textOf } from '../../values.ts';

export interface Script {
  readonly path: string;
  readonly file: TextFile;
  readonly runtime: string | undefined;
  /** The components that start it. */
  readonly components: readonly ComponentFile[];
}

const cache = new WeakMap<PackModel, readonly Script[]>();

/** Returns the text files in `actions/`, `sensors/` and `lib/` that are scripts by suffix or are an entry point. */
export function scriptsOf(pack: PackModel): readonly Script[] {
  const known = cache.get(pack);
  if (known) return known;
  const starters = Map.groupBy([...pack.components.actions, ...pack.components.sensors], entryPath);
  const scripts = [...pack.listing.files.keys()].flatMap((path): Script[] => {
    const components = starters.get(path) ?? [];
    const runtime = runtimeOfScript(path);
    const isScript = components.length > 0 || (runtime !== undefined && /^(?:actions|sensors|lib)\//.test(path));
    const file = isScript ? pack.text(path) : undefined;
    return file ? [{ path, file, runtime: runtimeFor(components) ?? runtime, components }] : [];
  });
  cache.set(pack, scripts);
  return scripts;
}

/** Returns the path of a component's script in the pack. */
export function entryPath({ root, kind }: ComponentFile): string {
  const entry = textOf(field(root, 'entry_point'));
  return entry === undefined || field(root, 'workflow_file') ? '' : `${kind}/${entry.replace(/^\.\//, '')}`;
}

function runtimeFor([first]: readonly ComponentFile[]): string | undefined {
  const runner = textOf(field(first?.root, 'runner_type'));
  return runner === undefined ? undefined : runtimeOf(runner);
}

export interface Import {
  /** The top-level name. */
  readonly name: string;
  /** The complete module path. */
  readonly module: string;
  readonly offset: number;
  /** True inside `try:` or a function, where a missing module may be handled. */
  readonly optional: boolean;
}

const PYTHON_IMPORT = /^([ \t]*)(?:from[ \t]+([\w.]+)[ \t]+import[ \t]+([\w, \t]*)|import[ \t]+([\w., \t]+))/gm;
const NODE_IMPORT = /(?:\brequire\(\s*|\bfrom\s+|\bimport\s+|\bimport\(\s*)(['"])([^'"\n]+)\1/g;

export function importsOf({ file, runtime }: Script): Import[] {
  if (runtime === 'python') return [...file.text.matchAll(PYTHON_IMPORT)].flatMap(pythonImports);
  if (runtime !== 'nodejs') return [];
  return [...file.text.matchAll(NODE_IMPORT)].map((match) => {
    const module = match[2] ?? '';
    const name = module.startsWith('@') ? module.split('/', 2).join('/') : (module.split('/', 1)[0] ?? '');
    return { name, module, offset: match.index + match[0].indexOf(module), optional: false };
  });
}

function pythonImports(match: RegExpExecArray): Import[] {
  const [whole, indent = '', from, , plain = ''] = match;
  const modules = from === undefined ? plain.split(',').map((part) => part.trim().split(/\s/, 1)[0] ?? '') : [from];
  return modules
    .filter((module) => /^\w/.test(module))
    .map((module) => ({
      ...{ name: module.split('.', 1)[0] ?? '', module, optional: indent !== '' },
      offset: match.index + whole.indexOf(module, indent.length + (from === undefined ? 6 : 4)),
    }));
}

import type { ManifestDocument } from './schema.ts';

type Fields = Pick<ManifestDocument, 'runtime_deps' | 'python' | 'nodejs'>;

/** The runtimes that a pack needs, in today's form: `python3>=3.8`, `nodejs^20`, `shell`; the older forms come last. */
export function readRuntimeDeps({ runtime_deps, python, nodejs }: Fields): string[] {
  const listed = (runtime_deps ?? []).flatMap((item) =>
    typeof item === 'string' ? [item.trim()] : Object.entries(item).map(([name, range]) => join(name, range)),
  );
  const older = [python && join('python3', python), nodejs && join('nodejs', nodejs)];
  return [...new Set([...listed, ...older.filter((dep) => typeof dep === 'string' && dep !== '')] as string[])];
}

/** A bare version in the older forms is the least that will do. */
function join(name: string, range: string | null | undefined): string {
  const constraint = range?.trim() ?? '';
  if (constraint === '' || constraint === '*') return name;
  if (/^[0-9]+(?:\.[0-9]+)*$/.test(constraint)) return `${name}>=${constraint}`;
  return /^[0-9]/.test(constraint) ? `${name}=${constraint}` : `${name}${constraint}`;
}

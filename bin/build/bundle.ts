/** The sources as a bundle: what both the published package and the executable are made of. */
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { lateModules } from './lazy-modules.ts';
import { lighterModules } from './slim-dependencies.ts';

const root = dirname(dirname(import.meta.dirname));
const dist = join(root, 'dist');

/** By file name; the program begins in `main.js`. */
export type Modules = ReadonlyMap<string, string>;

const shared = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node24',
  // The map gives names back (bin/read-stack.ts); to keep them would be a call for every function at each start.
  minify: true,
  charset: 'ascii',
  // `attune licenses` has them all.
  legalComments: 'none',
  logLevel: 'warning',
} satisfies BuildOptions;

/**
 * The sources as CommonJS modules that load what they need when they need it: one for each file of ours, and one for each
 * part of a library that some of these share.
 */
export async function makeModules(): Promise<Modules> {
  const { outputFiles } = await build({
    ...shared,
    entryPoints: entryPoints(),
    define: { ATTUNE_COMMIT: JSON.stringify(commit()) },
    outdir: dist,
    format: 'esm',
    splitting: true,
    sourcemap: 'inline',
    plugins: [lighterModules],
    write: false,
  });
  return reachable('main.js', await lateModules(new Map(outputFiles.map(({ path, text }) => [basename(path), text]))));
}

/** A file of ours that is only imported where it is made part of another module needs no module of its own. */
function reachable(start: string, modules: Modules): Modules {
  const found = new Map<string, string>();
  const visit = (name: string) => {
    const source = modules.get(name);
    if (source === undefined || found.has(name)) return;
    found.set(name, source);
    for (const [, required] of source.matchAll(/\brequire\(["']\.\/([^"']+)["']\)/g)) visit(required as string);
  };
  visit(start);
  return found;
}

/** Each file of the sources by its path, which becomes a name. */
function entryPoints(): Record<string, string> {
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  return Object.fromEntries(
    files.map((file) => [file.replace(/\.ts$/, '').replaceAll(/[\\/]/g, '_'), join('src', file)]),
  );
}

/** Writes all of them as `dist/attune.cjs`, with its map beside it. */
export async function writeProgram(modules: Modules): Promise<void> {
  const file = join(dist, 'attune.cjs');
  await writeBundle({ file, entry: "module.exports = require('./main.js');", modules });
}

export interface Bundle {
  readonly file: string;
  /** CommonJS. */
  readonly entry: string;
  readonly modules: Modules;
  /** By what name to require a module that is in another file; `undefined` for one that goes into this. */
  readonly locate?: (module: string) => string | undefined;
  /** What stands before it all and after it. */
  readonly around?: readonly [before: string, after: string];
}

/** Writes some of the modules as one file, with its map beside it. */
export async function writeBundle({ file, entry, modules, locate, around }: Bundle): Promise<void> {
  await build({
    ...shared,
    stdin: { contents: entry, resolveDir: dist },
    outfile: file,
    format: 'cjs',
    sourcemap: around === undefined ? 'linked' : 'external',
    plugins: [fromMemory(modules, locate ?? (() => undefined))],
    ...(around && { banner: { js: around[0] }, footer: { js: around[1] } }),
  });
}

function fromMemory(modules: Modules, locate: (module: string) => string | undefined): Plugin {
  return {
    name: 'modules-from-memory',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^\.\// }, ({ path }) => {
        const name = basename(path);
        if (!modules.has(name)) return undefined;
        const elsewhere = locate(name);
        return elsewhere === undefined ? { path: join(dist, name) } : { path: elsewhere, external: true };
      });
      onLoad({ filter: /\.js$/ }, ({ path }) => ({ contents: modules.get(basename(path)) as string, loader: 'js' }));
    },
  };
}

/** What the files are a build of; nothing where they differ from the commit, or there is no repository. */
function commit(): string {
  const git = (...words: string[]) => execFileSync('git', words, { cwd: root, encoding: 'utf8', stdio: 'pipe' }).trim();
  try {
    return git('status', '--porcelain', '--untracked-files=no') === '' ? git('rev-parse', 'HEAD') : '';
  } catch {
    return '';
  }
}

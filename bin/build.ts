// Bundles src into dist/attune.cjs, which is what the published package and the executable run.
import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';
import { lateModules } from './late-modules.ts';
import { lighterModules } from './lighter-modules.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** What the files are a build of; nothing where they differ from the commit, or there is no repository. */
function commit(): string {
  const git = (...words: string[]) => execFileSync('git', words, { cwd: root, encoding: 'utf8', stdio: 'pipe' }).trim();
  try {
    return git('status', '--porcelain', '--untracked-files=no') === '' ? git('rev-parse', 'HEAD') : '';
  } catch {
    return '';
  }
}

const shared = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node24',
  minifyWhitespace: true,
  minifySyntax: true,
  charset: 'ascii',
  define: { ATTUNE_COMMIT: JSON.stringify(commit()) },
  // `attune licenses` has them all.
  legalComments: 'none',
  logLevel: 'warning',
} satisfies BuildOptions;

// First into a chunk for each set of commands that shares it, then all of them into one file, as functions that are called
// when they are first needed.
const { outputFiles } = await build({
  ...shared,
  entryPoints: ['src/main.ts'],
  outdir: join(root, 'dist'),
  format: 'esm',
  splitting: true,
  sourcemap: 'inline',
  plugins: [lighterModules],
  write: false,
});

await build({
  ...shared,
  entryPoints: [join(root, 'dist', 'main.js')],
  outfile: join(root, 'dist', 'attune.cjs'),
  format: 'cjs',
  // The map gives them back (bin/read-stack.ts); to keep them would be a call for every function at each start.
  minifyIdentifiers: true,
  sourcemap: 'linked',
  plugins: [lateModules(new Map(outputFiles.map(({ path, text }) => [path, text])))],
});

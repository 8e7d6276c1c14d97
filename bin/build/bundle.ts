/**
 * Bundles the sources and the libraries that they use into `dist/attune.cjs`, with its source map. The published package
 * runs this file, and the executable contains it.
 *
 *     node bin/build/bundle.ts
 */
import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';
import { escapeRegExps } from './ascii-regexps.ts';
import { lazyImports } from './lazy-imports.ts';

const root = dirname(dirname(import.meta.dirname));

/** The bundle's path in the checkout. */
export const BUNDLE = join(root, 'dist', 'attune.cjs');

const OPTIONS = {
  absWorkingDir: root,
  entryPoints: ['./src/main.ts'],
  outfile: BUNDLE,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node24',
  // The source map restores names (symbolicate-stack.ts). To keep them takes a call for each function at each start.
  minify: true,
  // oclif listens for errors of standard output while it is loaded, which opens the stream and, for a pipe, loads networking.
  // src/platform/terminal listens on first use. esbuild removes a call that is declared to have no effect.
  pure: ['process.stdout.on'],
  // `attune licenses` prints them.
  legalComments: 'none',
  logLevel: 'warning',
} satisfies BuildOptions;

/** Writes the bundle and its source map. */
export async function writeBundle(): Promise<void> {
  const define = { ATTUNE_COMMIT: JSON.stringify(currentCommit()) };
  await build({ ...OPTIONS, define, sourcemap: 'linked', plugins });
}

/** Returns what esbuild records about the bundle, and writes nothing. */
export async function bundleMetafile(): Promise<Metafile> {
  const { metafile } = await build({
    ...OPTIONS,
    write: false,
    metafile: true,
    plugins,
  });
  return metafile;
}

/** The namespace of generated modules that export some names of a package. */
const NAMES = 'package-names';

const lazyModules: Plugin = {
  name: 'lazy-modules',
  setup({ onResolve, onLoad }) {
    // Resolved here, a file is CommonJS to esbuild. Its own resolver goes by `type` in package.json.
    onResolve({ filter: /^\.\.?\/.*\.ts$/ }, ({ path, resolveDir }) => ({ path: join(resolveDir, path) }));
    onLoad({ filter: /[\\/]src[\\/].*\.ts$|@oclif[\\/]core[\\/]lib[\\/].*\.js$/ }, async ({ path }) => ({
      contents: lazyImports(path, await readAscii(path), packageNames),
      loader: path.endsWith('.ts') ? 'ts' : 'js',
    }));
    onResolve({ filter: new RegExp(`^${NAMES}:`) }, ({ path, resolveDir }) => ({
      path,
      namespace: NAMES,
      pluginData: resolveDir,
    }));
    onLoad({ filter: /.*/, namespace: NAMES }, ({ path, pluginData }) => ({
      contents: path.slice(NAMES.length + 1),
      resolveDir: pluginData,
    }));
  },
};

/** Makes the bundle a string of one byte per character in V8. esbuild escapes everything but regular expressions. */
const asciiModules: Plugin = {
  name: 'ascii-modules',
  setup({ onLoad }) {
    onLoad({ filter: /\.[cm]?js$/ }, async ({ path }) => ({ contents: await readAscii(path), loader: 'js' }));
  },
};

async function readAscii(path: string): Promise<string> {
  return escapeRegExps(path, await readFile(path, 'utf8'));
}

/**
 * Returns a specifier that contains an ES module. It lets esbuild leave out the rest of the package, which a `require` of the
 * package itself would include.
 */
function packageNames(specifier: string, names: readonly string[]): string {
  const exported = names.includes('*') ? '*' : `{ ${names.join(', ')} }`;
  return `${NAMES}:export ${exported} from ${JSON.stringify(specifier)};`;
}

/** better-sqlite3 looks for its addon next to its own files, which the bundle is not. */
const installedAddon: Plugin = {
  name: 'installed-addon',
  setup({ onLoad }) {
    onLoad({ filter: /better-sqlite3[\\/]lib[\\/]binding\.js$/ }, async () => ({
      contents: await readFile(join(import.meta.dirname, 'better-sqlite3-binding.cjs'), 'utf8'),
    }));
  },
};

/** Leaves out the prompt that opens an editor, which is not used: its tables of encodings have half a megabyte. */
const withoutEditor: Plugin = {
  name: 'without-editor',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^@inquirer\/editor$/ }, ({ path }) => ({ path, namespace: 'without-editor' }));
    onLoad({ filter: /.*/, namespace: 'without-editor' }, () => ({ contents: 'export default undefined;' }));
  },
};

/** Compresses the texts of the licenses to a fifth: one command reads them. */
const packedLicenses: Plugin = {
  name: 'packed-licenses',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]about[\\/]licenses\.json$/ }, async ({ path }) => {
      const packed = brotliCompressSync(await readFile(path)).toString('base64');
      const text = `require('node:zlib').brotliDecompressSync(Buffer.from('${packed}', 'base64')).toString()`;
      return { contents: `module.exports = JSON.parse(${text});`, loader: 'js' };
    });
  },
};

/** The first plugin that loads a file decides. */
const plugins = [installedAddon, withoutEditor, packedLicenses, lazyModules, asciiModules];

/** Returns the checked-out commit, or an empty string if files differ from it or the directory is not a repository. */
function currentCommit(): string {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: 'pipe' }).trim();
  try {
    return git('status', '--porcelain', '--untracked-files=no') === '' ? git('rev-parse', 'HEAD') : '';
  } catch {
    return '';
  }
}

if (import.meta.main) await writeBundle();

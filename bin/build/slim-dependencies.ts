import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import type { Plugin } from 'esbuild';
import { requiringLate } from './lazy-require.ts';

const root = dirname(dirname(import.meta.dirname));

/**
 * oclif requires its help, its search for plugins and much else at its start, of which a single command uses little:
 * `const path_1 = require("node:path");`, maybe inside a helper of tslib, as TypeScript
 * writes imports in CommonJS.
 */
const REQUIRE = /^const (\w+_\d+|[A-Z]\w+) = (.*\brequire\(.*\).*);$/gm;
const OF_OCLIF = /@oclif[\\/]core[\\/]lib[\\/]/;

/**
 * What oclif asks of these costs more to load than a whole short command, and says nothing that is needed here; plugins,
 * for which it looks through directories, there are none.
 */
const STAND_INS: Readonly<Record<string, string>> = {
  debug: 'module.exports = () => () => {};',
  tinyglobby: 'exports.glob = async () => [];',
  // It looks at Node's standard output when it is loaded. Help on a pipe strips, and colours nothing.
  ansis: `
    const { stripVTControlCharacters } = require('node:util');
    const get = (_, name) =>
      name === 'strip' ? stripVTControlCharacters : name === '__esModule' ? undefined : require('ansis')[name];
    module.exports = new Proxy({}, { get });
  `,
  // So does it, and loads Node's networking for that.
  'supports-color': `
    const { fstatSync, statSync } = require('node:fs');
    const mayBeTerminal = (descriptor) => {
      if (process.platform === 'win32') return true;
      const stats = fstatSync(descriptor, { throwIfNoEntry: false });
      return stats !== undefined && stats.isCharacterDevice() && stats.rdev !== statSync('/dev/null').rdev;
    };
    exports.supportsColor = (...words) => require('supports-color').supportsColor(...words);
    Object.defineProperty(exports, 'stdout', { get: () => mayBeTerminal(1) && require('supports-color').stdout });
    Object.defineProperty(exports, 'stderr', { get: () => mayBeTerminal(2) && require('supports-color').stderr });
  `,
  'wsl-utils': 'export const isWsl = false; export const powerShellPath = async () => "powershell.exe";',
};

/** better-sqlite3 looks for its addon beside its own files, which is where npm put them and not where the bundle is. */
const INSTALLED_ADDON = `
const { dirname, join } = require('node:path');
const installed = () => {
  const { resolve } = require;
  return require(join(dirname(resolve('better-sqlite3/package.json')), 'lib', 'binding.js')).getBinding();
};
exports.getBinding = (given) => given ?? installed();
`;

/** Changes modules on their way into the bundle so that it starts sooner. */
export const lighterModules: Plugin = {
  name: 'lighter-modules',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: new RegExp(`^(${Object.keys(STAND_INS).join('|')})$`) }, ({ path, namespace, resolveDir }) =>
      // A stand-in may know the module that it stands in for.
      namespace === 'stand-in' ? undefined : { path, namespace: 'stand-in', pluginData: resolveDir },
    );
    onLoad({ filter: /.*/, namespace: 'stand-in' }, ({ path, pluginData }) => ({
      contents: STAND_INS[path] as string,
      resolveDir: pluginData as string,
    }));
    onLoad({ filter: /better-sqlite3[\\/]lib[\\/]binding\.js$/ }, () => ({ contents: INSTALLED_ADDON }));
    // Parsed where it is used, which takes less of the compiled code than an object written out.
    onLoad({ filter: /oclif\.manifest\.json$/ }, async ({ path }) => ({
      contents: `export default JSON.parse(${JSON.stringify(inAscii(JSON.stringify(JSON.parse(await readFile(path, 'utf8')))))})`,
    }));
    // Whose version it is, and for attune's own what oclif is told; an object written out is made at each start.
    onLoad({ filter: /[\\/]package\.json$/ }, async ({ path }) => {
      const { name, version, ...rest } = JSON.parse(await readFile(path, 'utf8')) as Readonly<Record<string, unknown>>;
      const told =
        path === join(root, 'package.json') ? { description: rest['description'], oclif: rest['oclif'] } : {};
      return { contents: JSON.stringify({ name, version, ...told }), loader: 'json' };
    });
    // Those that ora itself chooses from.
    onLoad({ filter: /cli-spinners[\\/]spinners\.json$/ }, async ({ path }) => {
      const { dots, line } = JSON.parse(await readFile(path, 'utf8')) as Readonly<Record<string, unknown>>;
      return { contents: JSON.stringify({ dots, line }), loader: 'json' };
    });
    onLoad({ filter: /licenses\.json$/ }, async ({ path }) => ({
      contents: `import { brotliDecompressSync } from 'node:zlib';
        const packed = '${brotliCompressSync(await readFile(path)).toString('base64')}';
        export default JSON.parse(brotliDecompressSync(Buffer.from(packed, 'base64')).toString('utf8'));`,
    }));
    onLoad({ filter: /semver[\\/]internal[\\/]re\.js$/ }, async ({ path }) => ({
      contents: withLateExpressions(path, await readFile(path, 'utf8')),
    }));
    onLoad({ filter: /\.[cm]?[jt]s$/ }, async ({ path }) => {
      const source = inAscii(await readFile(path, 'utf8'));
      return {
        contents: OF_OCLIF.test(path) ? requiringLate(withoutListener(path, source), REQUIRE) : source,
        loader: path.endsWith('ts') ? 'ts' : 'js',
      };
    });
  },
};

/** One character that is not, as esbuild leaves some in regular expressions, makes the whole bundle take twice the memory. */
function inAscii(source: string): string {
  return source.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

const EXPRESSIONS = /^ {2}const safe = makeSafeRegex\(value\)\n([\s\S]*?)^ {2}safeSrc[\s\S]*?^}\n/m;

/** semver makes ninety regular expressions at its start, of which it uses half nowhere, and most of the others seldom. */
function withLateExpressions(path: string, source: string): string {
  if (!EXPRESSIONS.test(source)) throw new Error(`${path} no longer makes its expressions as it did`);
  return source.replace(
    EXPRESSIONS,
    `$1
      let made;
      const make = () => new RegExp(makeSafeRegex(value), isGlobal ? 'g' : undefined);
      Object.defineProperty(safeRe, index, { get: () => (made ??= make()) });
    }\n`,
  );
}

const OUTPUT_LISTENER = /^process\.stdout\.on\('error', \(err\) => \{\n[\s\S]*?\n\}\);$/m;

/** oclif listens to standard output before there is a command, which opens the stream; `platform/terminal.ts` does it. */
function withoutListener(path: string, source: string): string {
  if (!/[\\/]lib[\\/]command\.js$/.test(path)) return source;
  if (!OUTPUT_LISTENER.test(source)) throw new Error(`${path} no longer listens to standard output as it did`);
  return source.replace(OUTPUT_LISTENER, '');
}

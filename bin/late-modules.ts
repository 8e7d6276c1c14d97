import { dirname, join } from 'node:path';
import { type Plugin, transform } from 'esbuild';
import { requiringLate } from './requiring-late.ts';

const HELPERS = 'late-modules-helpers';

/**
 * What esbuild writes at the head of each module that it turns into CommonJS, once for all of them. A module of Node's or of
 * CommonJS is not copied to be imported: what it has is found behind it. So it is for one that esbuild made a chunk of,
 * which exports it as its default and nothing else.
 */
const HELPERS_SOURCE = `
const behind = (module) => Object.create(module, { default: { value: module, enumerable: true } });
const isWrapped = (module) => Object.keys(module).join() === 'default' && typeof module.default === 'object';
exports.__export = (target, all) => {
  for (const name in all) Object.defineProperty(target, name, { get: all[name], enumerable: true });
};
exports.__toCommonJS = (module) => Object.defineProperty(module, '__esModule', { value: true });
exports.__toESM = (module) => (module.__esModule ? module : behind(module));
exports.__import = async (load) => {
  const module = load();
  return isWrapped(module) ? behind(module.default) : module;
};
`;

/** Loads modules from memory, each as a CommonJS function that loads what it imports when it first uses it. */
export function lateModules(modules: ReadonlyMap<string, string>): Plugin {
  return {
    name: 'late-modules',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: new RegExp(`^${HELPERS}$`) }, () => ({ path: HELPERS, namespace: HELPERS }));
      onLoad({ filter: /.*/, namespace: HELPERS }, () => ({ contents: HELPERS_SOURCE }));
      onResolve({ filter: /^[./]/ }, ({ path, importer }) => {
        const file = importer === '' ? path : join(dirname(importer), path);
        return modules.has(file) ? { path: file } : undefined;
      });
      onLoad({ filter: /\.js$/ }, async ({ path }) => {
        const { code } = await transform(modules.get(path) as string, {
          format: 'cjs',
          platform: 'node',
          target: 'node24',
          sourcemap: 'inline',
          sourcefile: path,
          charset: 'ascii',
        });
        return { contents: requiringLate(importingByRequire(sharingHelpers(code)), REQUIRE), loader: 'js' };
      });
    },
  };
}

/** Where the module itself begins; one without exports has nothing before it. */
const BODY = /^var \w+_exports = \{\};$/m;

/** The lines stay as many as they were, for the source map. */
function sharingHelpers(code: string): string {
  const start = code.search(BODY);
  if (start === -1) return code;
  const [head, body] = [code.slice(0, start), code.slice(start)];
  const used = [...head.matchAll(/^var ((__(?:export|toCommonJS|toESM))\d*) =/gm)];
  const taken = used.map(([, name, helper]) => `${helper}: ${name}`).join(', ');
  return `var { ${taken} } = require('${HELPERS}');${'\n'.repeat(head.split('\n').length - 1)}${body}`;
}

/** `import("./chunk-1.js")`; what is Node's own stays. */
const IMPORT = /\bimport\(("\.\.?\/[^"]+")\)/g;

function importingByRequire(code: string): string {
  return code.replace(IMPORT, `require('${HELPERS}').__import(() => require($1))`);
}

/** `var import_node_path = require("node:path");` as esbuild writes imports in CommonJS. */
const REQUIRE = /^var (import_\w+) = (.*\brequire\(.*\).*);$/gm;

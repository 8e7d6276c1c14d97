import { transform } from 'esbuild';
import { requiringLate } from './lazy-require.ts';

const HELPERS = 'late-modules-helpers.js';

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

/**
 * Turns ES modules that import one another by `./NAME` into CommonJS ones, each loading what it imports when it first uses it.
 * @param modules by file name, each with a source map in it
 * @returns the same, and what they share
 */
export async function lateModules(modules: ReadonlyMap<string, string>): Promise<ReadonlyMap<string, string>> {
  const late = [...modules].map(async ([name, source]) => [name, await asLateModule(name, source)] as const);
  return new Map([...(await Promise.all(late)), [HELPERS, HELPERS_SOURCE]]);
}

async function asLateModule(name: string, source: string): Promise<string> {
  const { code } = await transform(source, {
    format: 'cjs',
    platform: 'node',
    target: 'node24',
    sourcemap: 'inline',
    sourcefile: name,
    charset: 'ascii',
  });
  return requiringLate(importingByRequire(exportingValues(sharingHelpers(code))), REQUIRE);
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
  return `var { ${taken} } = require('./${HELPERS}');${'\n'.repeat(head.split('\n').length - 1)}${body}`;
}

const EXPORTS = /^__export\((\w+), \{\n((?: {2}\w+: \(\) => [\w$]+,?\n)+)\}\);$/m;

/**
 * Exports as values what never changes, once the module is made: a function for each that gives it takes longer. Nothing
 * is asked of a module while it is being made, as there are no circles.
 */
function exportingValues(code: string): string {
  const [whole, target, list = ''] = EXPORTS.exec(code) ?? [];
  const exported = [...list.matchAll(/(\w+): \(\) => ([\w$]+)/g)].map(([, name, local]) => ({ name, local }));
  if (whole === undefined || exported.some(({ local }) => isChanged(local as string, code))) return code;
  const values = exported.map(({ name, local }) => `${name}: ${local}`).join(', ');
  const [before, after] = code.split(whole) as [string, string];
  const map = after.search(/^\/\/# sourceMappingURL=/m);
  const end = map === -1 ? after.length : map;
  const body = `${before}${'\n'.repeat(whole.split('\n').length - 1)}${after.slice(0, end)}`;
  return `${body}Object.assign(${target}, { ${values} });\n${after.slice(end)}`;
}

/** Maybe: another variable may have the same name. */
function isChanged(local: string, code: string): boolean {
  const name = `(?<![\\w$.])${local.replaceAll('$', '\\$')}(?![\\w$])`;
  const find = (pattern: string) => [...code.matchAll(new RegExp(pattern, 'gm'))].length;
  const changes = find(`${name}\\s*(?:[-+*/%&|^?<>]*=(?![=>])|\\+\\+|--)|(?:\\+\\+|--)${name}`);
  const isFunction = find(`^(?:async )?(?:function\\*?|class) ${name}`) > 0;
  const isDeclaredEmpty = find(`^(?:var|let) (?:[^;]*,\\s*)?${name}\\s*[,;]`) > 0;
  const isMadeAtOnce = find(`^\\S.*${name} = `) > 0;
  return isFunction ? changes > 0 : isDeclaredEmpty || changes !== 1 || !isMadeAtOnce;
}

/** `import("./chunk-1.js")`; what is Node's own stays. */
const IMPORT = /\bimport\(("\.\.?\/[^"]+")\)/g;

function importingByRequire(code: string): string {
  return code.replace(IMPORT, `require('./${HELPERS}').__import(() => require($1))`);
}

/** `var import_node_path = require("node:path");` as esbuild writes imports in CommonJS. */
const REQUIRE = /^var (import_\w+) = (.*\brequire\(.*\).*);$/gm;

import assert from 'node:assert/strict';
import { createRequire, isBuiltin, SourceMap, type SourceMapping } from 'node:module';
import { describe, test } from 'node:test';
import { transformSync } from 'esbuild';
import { lazyImports, type PackageSpecifier } from '../../../bin/build/lazy-imports.ts';

type Exports = Record<string, unknown>;
type Modules = Readonly<Record<string, string>>;

const requireBuiltin = createRequire(import.meta.url);

/** A package that is required by `NAME:EXPORTS`, as its exports. */
const packageSpecifier: PackageSpecifier = (specifier, names) => `${specifier}:${names.join()}`;

/** Loads `main.ts` of some rewritten modules. @returns its exports, and the names of all loaded modules in their order */
function load(sources: Modules) {
  const loaded: string[] = [];
  const cache = new Map<string, { exports: unknown }>();
  const requireModule = (name: string): unknown => {
    if (isBuiltin(name)) return requireBuiltin(name);
    const file = name.replace('./', '');
    const cached = cache.get(file);
    if (cached) return cached.exports;
    loaded.push(file);
    const source = sources[file] ?? sources[file.split(':')[0] as string] ?? '';
    if (file.endsWith('.json')) return JSON.parse(source);
    const module = { exports: {} };
    cache.set(file, module);
    new Function('module', 'exports', 'require', javaScript(file, source))(module, module.exports, requireModule);
    return module.exports;
  };
  return { main: requireModule('./main.ts') as Exports, loaded };
}

function javaScript(file: string, source: string): string {
  return transformSync(lazyImports(file, source, packageSpecifier), { loader: 'ts' }).code;
}

/** Calls the function `run` that `main.ts` exports. */
function run(sources: Modules): unknown {
  const { run: exported } = load(sources).main;
  return (exported as () => unknown)();
}

const ONE = 'export let one = 1; export function next() { one += 1; return one; } export default class Default {}';

describe('lazy imports: when a module is loaded', () => {
  for (const [title, source, atStart, atRun] of [
    ['by a call', "import { next } from './one.ts'; export const run = () => next();", [], ['one.ts']],
    [
      'not by a function that is not called',
      "import { one } from './one.ts'; export const run = () => () => one;",
      [],
      [],
    ],
    ['by a base class at once', "import D from './one.ts'; export class run extends D {}", ['one.ts'], undefined],
    [
      'by a top-level constant at once',
      "import { one } from './one.ts'; export const run = one;",
      ['one.ts'],
      undefined,
    ],
    ['not by a type', "import type { one } from './one.ts'; export const run = (): one | void => {};", [], []],
    ['not by an inline type', "import { type one } from './one.ts'; export const run = (): one | void => {};", [], []],
    [
      'not by typeof in a type',
      "import { one } from './one.ts'; export const run = (): typeof one | void => {};",
      [],
      [],
    ],
    ['not by re-exporting', "import { one } from './one.ts'; export { one }; export const run = () => {};", [], []],
    ['by a dynamic import', "export const run = () => import('./one.ts');", [], []],
    ['by a CommonJS call', "const one_1 = require('./one.ts'); exports.run = () => (0, one_1.next)();", [], ['one.ts']],
  ] as const) {
    test(`lazy imports: a module is loaded ${title}`, () => {
      const { main, loaded } = load({ 'main.ts': source, 'one.ts': ONE });
      assert.deepEqual(loaded.slice(1), atStart);
      if (atRun === undefined) return;
      (main['run'] as () => unknown)();
      assert.deepEqual(loaded.slice(1), atRun);
    });
  }

  test('lazy imports: a dynamic import loads its module later and resolves to its exports', async () => {
    const { main, loaded } = load({
      'main.ts': "export const run = async () => (await import('./one.ts')).one;",
      'one.ts': ONE,
    });
    assert.deepEqual(loaded, ['main.ts']);
    assert.equal(await (main['run'] as () => unknown)(), 1);
  });

  test('lazy imports: a module is loaded once', () => {
    const { main, loaded } = load({
      'main.ts':
        "import { next } from './one.ts'; import { one } from './one.ts'; export const run = () => next() + one;",
      'one.ts': ONE,
    });
    (main['run'] as () => unknown)();
    assert.deepEqual(loaded, ['main.ts', 'one.ts']);
  });
});

/** Each `run` returns true if the module was rewritten correctly. */
const CORRECT: readonly (readonly [title: string, source: string])[] = [
  [
    'a parameter shadows an import',
    "import { one } from './one.ts'; export const run = ((one) => one === 2).bind(null, 2);",
  ],
  [
    'a local variable shadows an import',
    "import { one } from './one.ts'; export function run() { const one = 2; return one === 2; }",
  ],
  [
    'a variable that is declared later shadows an import',
    "import { one } from './one.ts'; export function run() { return f() === 2; function f() { return one(); } function one() { return 2; } }",
  ],
  [
    'a hoisted var shadows an import',
    "import { one } from './one.ts'; export function run() { if (one === undefined) { var one = 2; } return one === 2; }",
  ],
  [
    'a variable of a block shadows an import only there',
    "import { one } from './one.ts'; export function run() { { const one = 2; if (one !== 2) return false; } return one === 1; }",
  ],
  [
    'a destructured variable shadows an import',
    "import { one } from './one.ts'; export function run() { const { a: { one } } = { a: { one: 2 } }; return one === 2; }",
  ],
  [
    'a catch parameter shadows an import',
    "import { one } from './one.ts'; export function run() { try { throw 2; } catch (one) { return one === 2; } }",
  ],
  [
    'a loop variable shadows an import',
    "import { one } from './one.ts'; export function run() { for (const one of [2]) return one === 2; }",
  ],
  [
    'a named function expression shadows an import',
    "import { one } from './one.ts'; export const run = () => (function one() { return typeof one === 'function'; })();",
  ],
  [
    'a default parameter refers to an import',
    "import { one } from './one.ts'; export const run = (value = one) => value === 1;",
  ],
  ['a shorthand property', "import { one } from './one.ts'; export const run = () => ({ one }).one === 1;"],
  [
    'a shorthand property with a shadowed name',
    "import { one } from './one.ts'; export const run = () => ((one) => ({ one }))(2).one === 2;",
  ],
  [
    'property names that equal an import',
    "import { one } from './one.ts'; export const run = () => ({ one: 2 }).one === 2 && class { static one = 2; }.one === 2;",
  ],
  ['a computed property name', "import { one } from './one.ts'; export const run = () => ({ [one]: 2 })[1] === 2;"],
  [
    'a label that equals an import',
    "import { one } from './one.ts'; export const run = () => { one: for (;;) break one; return true; };",
  ],
  ['a call has no `this`', "import { self } from './self.ts'; export const run = () => self() === undefined;"],
  [
    'a tagged template has no `this`',
    "import { self } from './self.ts'; export const run = () => self`` === undefined;",
  ],
  ['new', "import { Thing } from './self.ts'; export const run = () => new Thing().value === 1;"],
  [
    'new with a class of a namespace',
    "import * as self from './self.ts'; export const run = () => new self.Thing().value === 1;",
  ],
  ['optional chaining', "import * as self from './self.ts'; export const run = () => self?.Thing !== undefined;"],
  ['a renamed import', "import { one as first } from './one.ts'; export const run = () => first === 1;"],
  ['a default import', "import Default from './one.ts'; export const run = () => Default.name === 'Default';"],
  [
    'a default import of a JSON document',
    "import data from './data.json' with { type: 'json' }; export const run = () => data.a === 1;",
  ],
  [
    'a default import of a JSON document of a package',
    "import data from 'package/data.json' with { type: 'json' }; export const run = () => data.a === 1;",
  ],
  [
    'a default import of a module of Node',
    "import path from 'node:path'; export const run = () => path.join('a', 'b').length === 3;",
  ],
  ['an import of a package', "import { one } from 'package'; export const run = () => one === 1;"],
  [
    'an import that changes',
    "import { one, next } from './one.ts'; export const run = () => one === 1 && next() === 2 && one === 2;",
  ],
  [
    'an exported local binding',
    "import * as own from './main.ts'; let count = 0; export { count as total }; export const run = () => { count += 1; return own.total === 1; };",
  ],
  ['a re-export', "import { one } from './again.ts'; export const run = () => one === 1;"],
  [
    'a renamed re-export of a default',
    "import { Renamed } from './again.ts'; export const run = () => Renamed.name === 'Default';",
  ],
  ['a re-exported namespace', "import { all } from './again.ts'; export const run = () => all.one === 1;"],
  ['an exported import', "import { first } from './again.ts'; export const run = () => first === 1;"],
  [
    'an exported destructuring',
    "import { left, right } from './self.ts'; export const run = () => left + right === 3;",
  ],
  [
    'a default export of an expression',
    "import value from './default.ts'; export const run = () => value.length === 2;",
  ],
  [
    'a function that is used before its declaration',
    'export const run = () => early() === 1; const before = early(); function early() { return 1; } if (before !== 1) throw before;',
  ],
  ['strict mode', 'export function run() { return this === undefined; }'],
  [
    'a type named as an import',
    "import { one } from './one.ts'; import type { two } from './two.ts'; export interface Shape { one: typeof one; two: two.three } export const run = () => one === 1;",
  ],
];

const OTHERS: Modules = {
  'one.ts': ONE,
  'self.ts':
    "export function self() { 'use strict'; return this; } export class Thing { value = 1; } export const { left, both: [right] } = { left: 1, both: [2] };",
  'again.ts':
    "import { one as first } from './one.ts'; export { first }; export { one } from './one.ts'; export { default as Renamed } from './one.ts'; export * as all from './one.ts'; export type { Type } from './none.ts';",
  'default.ts': 'export default [1, 2];',
  'data.json': '{ "a": 1 }',
  package: 'export const one = 1;',
  'package/data.json': 'export default { a: 1 };',
};

describe('lazy imports: an ES module', () => {
  for (const [title, source] of CORRECT) {
    test(`lazy imports: an ES module behaves as before: ${title}`, () => {
      assert.equal(run({ ...OTHERS, 'main.ts': source }), true);
    });
  }
});

test('lazy imports: a dynamic import of a JSON document has it as its default export', async () => {
  const source = "export const run = async () => (await import('./data.json', { with: { type: 'json' } })).default.a;";
  assert.equal(await run({ ...OTHERS, 'main.ts': source }), 1);
});

describe('lazy imports: a CommonJS module', () => {
  for (const [title, source] of [
    ['a call', "const one_1 = require('./one.ts'); exports.run = () => (0, one_1.next)() === 2;"],
    [
      'a wrapped require',
      'const wrap = (m) => ({ m }); const one_1 = wrap(require("./one.ts")); exports.run = () => one_1.m.one === 1;',
    ],
    [
      'a method as wrapper',
      'const lib_1 = require("./lib.js"); const one_1 = lib_1.wrap(require("./one.ts")); exports.run = () => one_1.m.one === 1;',
    ],
    [
      'a module that is a function',
      'const lib_1 = require("./function.js"); exports.run = () => lib_1() === undefined;',
    ],
    ['a module that is a class', 'const Lib = require("./class.js"); exports.run = () => new Lib().value === 1;'],
    ['a shorthand property', 'const one_1 = require("./one.ts"); exports.run = () => ({ one_1 }).one_1.one === 1;'],
    ['a shadowed name', 'const one_1 = require("./one.ts"); exports.run = () => ((one_1) => one_1)(true);'],
    [
      'a var with an export getter',
      'var one_1 = require("./one.ts"); Object.defineProperty(exports, "run", { get: () => () => one_1.one === 1 });',
    ],
    [
      'a destructured require, which is not rewritten',
      'const { one } = require("./one.ts"); exports.run = () => one === 1;',
    ],
    [
      'two declarations in one statement, which are not rewritten',
      'const a = require("./one.ts"), b = 1; exports.run = () => a.one === b;',
    ],
    [
      'a require inside a function',
      'exports.run = () => { const one_1 = require("./one.ts"); return one_1.one === 1; };',
    ],
  ] as const) {
    test(`lazy imports: a CommonJS module behaves as before: ${title}`, () => {
      const libraries = {
        'lib.js': 'exports.wrap = (m) => ({ m });',
        'function.js': "'use strict'; module.exports = function () { return this; };",
        'class.js': 'module.exports = class { value = 1; };',
      };
      assert.equal(run({ ...OTHERS, ...libraries, 'main.ts': source }), true);
    });
  }
});

test('lazy imports: only the imported names of a package are required', () => {
  const names: string[] = [];
  const record: PackageSpecifier = (specifier, imported) => {
    names.push(`${specifier}: ${imported.join()}`);
    return specifier;
  };
  lazyImports('a.ts', "import D, { a as b, type C } from 'x'; import * as y from 'y'; import type z from 'z';", record);
  assert.deepEqual(names, ['x: default,a', 'y: *']);
});

test('lazy imports: a dynamic import of a package stays for esbuild', () => {
  assert.match(lazyImports('a.js', "exports.f = () => import('chalk');", packageSpecifier), /=> import\('chalk'\)/);
});

test('lazy imports: a module of Node is never imported dynamically, which node:vm supports only experimentally', () => {
  const code = lazyImports('a.ts', "export const f = () => import('node:os');", packageSpecifier);
  assert.match(code, /=> Promise\.resolve\(\)\.then\(\(\) => require\("node:os"\)\)/);
});

test('lazy imports: export * and syntax errors are reported', () => {
  assert.throws(() => lazyImports('a.ts', "export * from './b.ts';", packageSpecifier), /export \* is not supported/);
  assert.throws(() => lazyImports('a.ts', 'export const = 1;', packageSpecifier), /^Error: a\.ts: /);
});

test('lazy imports: the source map leads to the original line and column', () => {
  const source = "import { join } from 'node:path';\nexport function f() {\n  throw join('a', new Error('b'));\n}\n";
  const [code, url = ''] = lazyImports('a.ts', source, packageSpecifier).split('//# sourceMappingURL=');
  const map = new SourceMap(JSON.parse(Buffer.from(url.split(',')[1] ?? '', 'base64').toString()));
  const lines = (code ?? '').split('\n');
  const line = lines.findIndex((text) => text.includes('throw'));
  const { originalLine, originalColumn } = map.findEntry(
    line,
    (lines[line] as string).indexOf('new Error'),
  ) as SourceMapping;
  assert.deepEqual([originalLine, originalColumn], [2, source.split('\n')[2]?.indexOf('new Error')]);
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { lateModules } from '../../../bin/build/lazy-modules.ts';

/** Runs ES modules the way a bundle has them. @returns what `main.js` exports, and which modules were made, in order */
async function run(sources: Readonly<Record<string, string>>) {
  const modules = await lateModules(new Map(Object.entries(sources)));
  const made: string[] = [];
  const exported = new Map<string, { exports: Record<string, unknown> }>();
  const requireModule = (name: string): Record<string, unknown> => {
    const file = name.replace('./', '');
    const known = exported.get(file);
    if (known) return known.exports;
    const module = { exports: {} };
    exported.set(file, module);
    if (file in sources) made.push(file);
    new Function('module', 'exports', 'require', modules.get(file) as string)(module, module.exports, requireModule);
    return module.exports;
  };
  const main = requireModule('./main.js') as Record<string, (...words: unknown[]) => unknown>;
  return { main, made };
}

describe('a late module', () => {
  test('is made when it is first used, and once', async () => {
    const { main, made } = await run({
      'main.js':
        "import { one } from './one.js'; import { two } from './two.js'; export const use = () => one() + one(); export const other = () => two;",
      'one.js': 'export function one() { return 1; }',
      'two.js': "throw new Error('nobody asked for it');",
    });
    assert.deepEqual(made, ['main.js']);
    assert.equal(main['use']?.(), 2);
    assert.deepEqual(made, ['main.js', 'one.js']);
  });

  test('is made at once where something is derived from it', async () => {
    const { main, made } = await run({
      'main.js':
        "import { Base } from './base.js'; export class Derived extends Base {} export const make = () => new Derived().name;",
      'base.js': "export class Base { name = 'base'; }",
    });
    assert.deepEqual(made, ['main.js', 'base.js']);
    assert.equal(main['make']?.(), 'base');
  });

  test('is made when it is imported as a value', async () => {
    const { main, made } = await run({
      'main.js': "export const load = async () => (await import('./one.js')).one();",
      'one.js': 'export const one = () => 1;',
    });
    assert.deepEqual(made, ['main.js']);
    assert.equal(await main['load']?.(), 1);
  });

  for (const [claim, source, want] of [
    ['a function', 'export function it() { return 1; }\nexport const change = () => {};', 'function'],
    ['a class', 'export class it {}\nexport const change = () => {};', 'function'],
    ['a constant', "export const it = 'a';\nexport const change = () => {};", 'string'],
    ['under another name', "const local = 'a'; export { local as it };\nexport const change = () => {};", 'string'],
  ] as const) {
    test(`exports ${claim}`, async () => {
      const { main } = await run({
        'main.js': "import * as one from './one.js'; export const kind = () => typeof one.it;",
        'one.js': source,
      });
      assert.equal(main['kind']?.(), want);
    });
  }

  for (const [claim, source] of [
    ['given again', 'export let it = 1;\nexport const change = () => { it = 2; };'],
    ['given late', 'export let it;\nexport const change = () => { it = 2; };'],
    ['counted', 'export let it = 1;\nexport const change = () => { it++; };'],
    ['added to', 'export let it = 1;\nexport const change = () => { it += 1; };'],
    ['given where it is nothing', 'export let it;\nexport const change = () => (it ??= 2);'],
    ['given at the end of others', 'export let it;\nexport const change = () => (Math.abs(1), (it = 2));'],
    ['a function that is replaced at once', 'export function it() {}\nexport const change = () => (it = 2);'],
    ['a function that is replaced', 'export function it() {}\nexport const change = () => { it = 2; };'],
  ] as const) {
    test(`exports what changes, as it is now: ${claim}`, async () => {
      const { main } = await run({
        'main.js': "import { it, change } from './one.js'; export const after = () => { it; change(); return it; };",
        'one.js': source,
      });
      assert.equal(main['after']?.(), 2);
    });
  }

  test('keeps the lines that it has after esbuild, for the map', async () => {
    const modules = await lateModules(
      new Map([
        ['main.js', "import { one } from './one.js';\nexport function two() {\n  throw one('here');\n}\n"],
        ['same.js', "import { one } from './one.js';\nexport function two() {\n  throw one('here');\n}\ntwo = one;\n"],
      ]),
    );
    const lineOf = (name: string) =>
      (modules.get(name) as string).split('\n').findIndex((line) => line.includes('throw'));
    assert.equal(lineOf('main.js'), lineOf('same.js'));
  });
});

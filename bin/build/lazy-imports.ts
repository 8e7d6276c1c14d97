/**
 * Rewrites a module so that it loads each of its imports on first use: a short command uses a small part of what its modules
 * import. An ES module becomes a CommonJS module:
 *
 *     import { join } from 'node:path';         let lazy$0; const get$0 = () => lazy$0 ??= require("node:path");
 *     export const inA = (n) => join('a', n);   module.exports = { __esModule: true, get inA() { return inA; } };
 *                                               const inA = (n) => (0, get$0().join)('a', n);
 *
 * In a CommonJS module, the declarations `const path_1 = require("node:path")` and `const path_1 =
 * __importDefault(require("node:path"))` change in the same way.
 */
import { isBuiltin } from 'node:module';
import MagicString from 'magic-string';
import {
  type EcmaScriptModule,
  type Expression,
  type ImportExpression,
  type Node,
  type Program,
  parseSync,
} from 'oxc-parser';
import { isReferenceIdentifier, ScopeTracker, walk } from 'oxc-walker';

/** Returns the specifier that a module requires for some names of a package; the name `*` stands for all of them. */
export type PackageSpecifier = (specifier: string, names: readonly string[]) => string;

/** The expressions that replace references, by the name of the binding that the references resolve to. */
type Replacements = Map<string, string>;

/**
 * Rewrites one module and appends its source map.
 * @param path the path of the file; its extension decides between JavaScript and TypeScript
 * @throws Error if the module cannot be parsed, or uses `export *`
 */
export function lazyImports(path: string, source: string, packageSpecifier: PackageSpecifier): string {
  const { program, module, errors } = parseSync(path, source);
  if (errors[0] !== undefined) throw new Error(`${path}: ${errors[0].message}`);
  const code = new MagicString(source);
  if (module.hasModuleSyntax) {
    const loaders = new Loaders(packageSpecifier);
    const replacements = replaceImports(module, loaders);
    const getters = exportGetters(module, replacements, loaders);
    removeModuleSyntax(program, code);
    rewriteExpressions(program, code, replacements);
    code.prepend(`"use strict"; ${loaders.declarations} module.exports = { __esModule: true, ${getters} };`);
  } else {
    rewriteExpressions(program, code, replaceRequires(program, code));
  }
  return `${code}\n//# sourceMappingURL=${code.generateMap({ source: path, hires: 'boundary' }).toUrl()}`;
}

/** The functions that load the modules of import statements. */
class Loaders {
  readonly #packageSpecifier: PackageSpecifier;
  readonly #required: string[] = [];

  constructor(packageSpecifier: PackageSpecifier) {
    this.#packageSpecifier = packageSpecifier;
  }

  /** Adds a function that loads a module. @returns an expression for each of the names; `*` is the module itself */
  add(specifier: string, names: readonly string[]): string[] {
    const load = `get$${this.#required.length}()`;
    this.#required.push(isPackage(specifier) ? this.#packageSpecifier(specifier, names) : specifier);
    // A module of Node's and a JSON document are their own default export. A package is imported by an ES module.
    const isDefault = isBuiltin(specifier) || (specifier.endsWith('.json') && !isPackage(specifier));
    return names.map((name) => (name === '*' || (name === 'default' && isDefault) ? load : `${load}.${name}`));
  }

  get declarations(): string {
    return this.#required
      .map((specifier, index) => `${loaderStart(String(index))}require(${JSON.stringify(specifier)});`)
      .join(' ');
  }
}

/** Returns the declaration of a function that loads a module, up to the expression that requires it. */
function loaderStart(name: string): string {
  return `let lazy$${name}; const get$${name} = () => lazy$${name} ??= `;
}

function isPackage(specifier: string): boolean {
  return !isBuiltin(specifier) && !specifier.startsWith('.');
}

function replaceImports({ staticImports }: EcmaScriptModule, loaders: Loaders): Replacements {
  const replacements: Replacements = new Map();
  for (const { entries, moduleRequest } of staticImports) {
    const values = entries.filter(({ isType }) => !isType);
    if (values.length === 0) continue;
    const names = values.map(({ importName: { kind, name } }) => name ?? (`${kind}` === 'Default' ? 'default' : '*'));
    const expressions = loaders.add(moduleRequest.value, names);
    for (const [index, { localName }] of values.entries()) {
      replacements.set(localName.value, expressions[index] as string);
    }
  }
  return replacements;
}

/** The binding of a default export without a name. */
const UNNAMED_DEFAULT = 'default$';

function exportGetters({ staticExports }: EcmaScriptModule, replacements: Replacements, loaders: Loaders): string {
  const entries = staticExports.flatMap((statement) => statement.entries).filter(({ isType }) => !isType);
  const getters = entries.map(({ exportName, localName, importName, moduleRequest }) => {
    if (`${exportName.kind}` === 'None') throw new Error('export * is not supported: name the exports');
    const name = exportName.name ?? 'default';
    if (moduleRequest !== null) {
      return `get ${name}() { return ${loaders.add(moduleRequest.value, [importName.name ?? '*'])}; }`;
    }
    const local = localName.name ?? UNNAMED_DEFAULT;
    return `get ${name}() { return ${replacements.get(local) ?? local}; }`;
  });
  return getters.join(', ');
}

const REMOVED: readonly string[] = ['ImportDeclaration', 'ExportNamedDeclaration', 'ExportAllDeclaration'];

/** Removes `import` and `export` statements, except for the declarations inside them. */
function removeModuleSyntax({ body }: Program, code: MagicString): void {
  for (const statement of body) {
    if (statement.type === 'ExportDefaultDeclaration') {
      const { declaration, start } = statement;
      const isNamed = 'id' in declaration && declaration.id !== null;
      code.overwrite(start, declaration.start, isNamed ? '' : `const ${UNNAMED_DEFAULT} = `);
    } else if (statement.type === 'ExportNamedDeclaration' && statement.declaration !== null) {
      code.remove(statement.start, statement.declaration.start);
    } else if (REMOVED.includes(statement.type)) {
      code.remove(statement.start, statement.end);
    }
  }
}

/** Turns each top-level declaration of a CommonJS module that requires a module into a function that loads it. */
function replaceRequires({ body }: Program, code: MagicString): Replacements {
  const replacements: Replacements = new Map();
  for (const statement of body) {
    if (statement.type !== 'VariableDeclaration' || statement.declarations.length !== 1) continue;
    const { id, init } = statement.declarations[0] as (typeof statement.declarations)[number];
    if (id.type !== 'Identifier' || init === null || !requiresModule(init)) continue;
    code.overwrite(statement.start, init.start, loaderStart(id.name));
    replacements.set(id.name, `get$${id.name}()`);
  }
  return replacements;
}

/** Returns whether an expression is `require(…)`, or a call with such an argument, as `__importDefault(require(…))`. */
function requiresModule(expression: Expression): boolean {
  if (expression.type !== 'CallExpression') return false;
  const { callee, arguments: args } = expression;
  if (callee.type === 'Identifier' && callee.name === 'require') return true;
  return args.some((argument) => argument.type === 'CallExpression' && requiresModule(argument));
}

function rewriteExpressions(program: Program, code: MagicString, replacements: Replacements): void {
  // The first walk collects the declarations, since a reference may come before the declaration that it resolves to.
  const scopes = new ScopeTracker({ preserveExitedScopes: true });
  walk(program, { scopeTracker: scopes });
  scopes.freeze();
  walk(program, {
    scopeTracker: scopes,
    enter(node, parent) {
      if (node.type === 'ImportExpression') rewriteDynamicImport(node, code);
      if (node.type !== 'Identifier' || parent === null || !isReferenceIdentifier(node, parent)) return;
      const replacement = replacements.get(node.name);
      const isTopLevel = scopes.getDeclaration(node.name)?.scope === '';
      if (replacement !== undefined && isTopLevel) rewriteReference(node, parent, replacement, code);
    },
  });
}

/** Types, which esbuild removes, and `export { name }`, which is a getter now. */
const NOT_EXPRESSIONS: readonly string[] = ['TSTypeQuery', 'TSQualifiedName', 'ExportSpecifier'];

function rewriteReference(node: Node, parent: Node, replacement: string, code: MagicString): void {
  if (NOT_EXPRESSIONS.includes(parent.type)) return;
  const isCalled =
    (parent.type === 'CallExpression' && parent.callee === node) ||
    (parent.type === 'TaggedTemplateExpression' && parent.tag === node);
  // A called function must not get its module as `this`. The parentheses keep `new Name()` from calling the loader.
  const expression = isCalled ? `(0, ${replacement})` : `(${replacement})`;
  if (parent.type === 'Property' && parent.shorthand) code.appendLeft(node.end, `: ${expression}`);
  else code.overwrite(node.start, node.end, expression);
}

/**
 * Replaces the dynamic import of a file or of a module of Node's, which in a script of `node:vm` takes an experimental feature
 * of Node. esbuild replaces those of packages.
 */
function rewriteDynamicImport({ source, start, end }: ImportExpression, code: MagicString): void {
  if (source.type !== 'Literal' || typeof source.value !== 'string' || isPackage(source.value)) return;
  const required = `require(${JSON.stringify(source.value)})`;
  const module = source.value.endsWith('.json') ? `({ default: ${required} })` : required;
  code.overwrite(start, end, `Promise.resolve().then(() => ${module})`);
}

import { isBuiltin } from 'node:module';
import type { PackModel } from '../../../packs/components/pack-model.ts';
import { DISTRIBUTIONS, PYTHON_MODULES } from '../../knowledge/python-modules.ts';
import { family, type Report, warning } from '../../rule.ts';
import { nodeDependencies, normalizeName, pythonRequirements } from './requirements.ts';
import { type Import, importsOf, type Script, scriptsOf } from './scripts.ts';

type Code = 'deps-undeclared-import' | 'deps-unused' | 'code-sdk-call';

export const importRules = family<Code>({
  title: 'Imports',
  rules: {
    'deps-undeclared-import': warning(
      'A script imports a module that is not in the requirements.',
      'import boto3   # not in requirements.txt',
      'The action fails where the module is not installed by chance.',
    ),
    'deps-unused': {
      ...warning('A requirement is never imported.', 'boto3>=1.34,<2', 'It is installed on every host for nothing.'),
      severity: 'info',
    },
    'code-sdk-call': warning(
      'The SDK is called with arguments that the required releases do not have.',
      'get_key.sync_detailed(key_ref="token", client=client)',
      'The call raises a TypeError.',
    ),
  },
  check(pack, report) {
    const scripts = scriptsOf(pack);
    const tests = [...pack.listing.files.keys()].filter((path) => /^tests\/.*\.(?:py|[cm]?js)$/s.test(path));
    checkImports(pack, scripts, report);
    checkUnused(pack, scripts, tests, report);
    for (const script of scripts) if (script.runtime === 'python') checkSdk(pack, script, report);
  },
});

function checkImports(pack: PackModel, scripts: readonly Script[], report: Report<Code>): void {
  const python = new Set(pythonRequirements(pack).map(({ name }) => name));
  const node = new Set(nodeDependencies(pack).map(({ name }) => name));
  const local = localModules(pack);
  const seen = new Set<string>();
  for (const script of scripts) {
    for (const found of importsOf(script)) {
      const known = script.runtime === 'python' ? isPython(found, python, local) : isNode(found, node);
      const id = `${script.path}\0${found.name}`;
      if (known || found.optional || seen.has(id)) continue;
      seen.add(id);
      const span = { start: found.offset, end: found.offset + found.name.length };
      const where = script.runtime === 'python' ? 'requirements.txt' : 'package.json';
      report('deps-undeclared-import', { file: script.file, span }, `'${found.name}' is not in ${where}`);
    }
  }
}

/** Returns the names of files and directories that Python finds next to the scripts or in `lib/`. */
function localModules({ listing }: PackModel): ReadonlySet<string> {
  const names = [...listing.files.keys()].flatMap((path) => path.replace(/\.py$/, '').split('/'));
  return new Set(names);
}

function isPython({ name }: Import, requirements: ReadonlySet<string>, local: ReadonlySet<string>): boolean {
  if (PYTHON_MODULES.has(name) || name.startsWith('_') || local.has(name)) return true;
  const distribution = Object.hasOwn(DISTRIBUTIONS, name) ? (DISTRIBUTIONS[name] ?? name) : name;
  const normalized = normalizeName(distribution);
  return [...requirements].some(
    (other) =>
      other === normalized ||
      other === `${normalized}-binary` ||
      (normalized.endsWith('-') && other.startsWith(normalized)) ||
      other.replace(/^python-|^py/, '') === normalized.replace(/^python-|^py/, ''),
  );
}

function isNode({ name, module }: Import, dependencies: ReadonlySet<string>): boolean {
  return /^[./]/.test(module) || isBuiltin(module) || dependencies.has(name);
}

function checkUnused(
  pack: PackModel,
  scripts: readonly Script[],
  tests: readonly string[],
  report: Report<Code>,
): void {
  const python = pythonRequirements(pack).filter(({ name }) => name !== '');
  const node = nodeDependencies(pack);
  if (python.length + node.length === 0) return;
  const texts = [...scripts.map(({ file }) => file.text), ...tests.map((path) => pack.text(path)?.text ?? '')];
  // Files that cannot be read may import anything.
  if (texts.every((text) => !/\b(?:import|require)\b/.test(text))) return;
  const words = new Set(texts.flatMap((text) => text.match(/[\w@/-]+/g) ?? []));
  const mentioned = (name: string) =>
    [...words].some((word) => normalizeName(word) === name || normalizeName(DISTRIBUTIONS[word] ?? '') === name) ||
    [...words].some((word) => normalizeName(word).startsWith(name.replace(/^python-|^py/, '')));
  for (const { file, span, name } of python)
    if (!mentioned(name)) report('deps-unused', { file, span }, `'${name}' is never imported`);
  for (const { file, span, name } of node)
    if (![...words].some((word) => word === name || word.startsWith(`${name}/`)))
      report('deps-unused', { file, span }, `'${name}' is never imported`);
}

const GET_KEY = /\bget_key\.(?:sync|asyncio)(?:_detailed)?\([^)]{0,1000}?\b(key_ref|decrypt)\s*=/g;
const CREATE_KEY = /\bCreateKeyRequest\([^)]{0,1000}?\b(ref)\s*=/g;

function checkSdk(pack: PackModel, { file }: Script, report: Report<Code>): void {
  const range = pythonRequirements(pack).find(({ name }) => name === 'attune-sdk')?.range ?? '';
  const wrong = (match: RegExpMatchArray, message: string) => {
    const argument = match[1] ?? '';
    const start = (match.index ?? 0) + match[0].lastIndexOf(argument);
    report('code-sdk-call', { file, span: { start, end: start + argument.length } }, message);
  };
  for (const match of file.text.matchAll(GET_KEY)) {
    if (match[1] === 'key_ref')
      wrong(match, 'get_key has no argument key_ref: write get_key.sync_detailed(ref, client=client)');
    else if (!/^={2,3}\s*0\.3\.0$/.test(range))
      wrong(match, 'decrypt= exists in attune-sdk 0.3.0 only: require ==0.3.0');
  }
  if (/<\s*0\.4(?:\.0)?\b|={2,3}\s*0\.[0-3]\b/.test(range)) return;
  for (const match of file.text.matchAll(CREATE_KEY))
    wrong(match, 'CreateKeyRequest has no argument ref from attune-sdk 0.4.0 on');
}

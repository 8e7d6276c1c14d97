import type { PackModel, TextFile } from '../../../packs/components/pack-model.ts';
import { supportsFileModes } from '../../../platform/files/write.ts';
import { error, family, fixable, info, type Report, warning } from '../../rule.ts';
import { runtimeOfScript } from '../../runtimes.ts';
import { atStart, field, textOf } from '../../values.ts';
import { type Script, scriptsOf } from './scripts.ts';

type Code =
  | 'script-crlf'
  | 'script-shebang'
  | 'script-orphan'
  | 'action-env-parameters'
  | 'action-api-token-not-requested';

export const scriptRules = family<Code>({
  title: 'Scripts',
  rules: {
    'script-crlf': fixable(
      error(
        'A shell or native script has CR LF line ends or a byte order mark.',
        '#!/bin/sh\\r\\n',
        'The system looks for an interpreter whose name ends with CR.',
      ),
    ),
    'script-shebang': info(
      'A script has no shebang, that of another runtime, or is not executable.',
      '#!/bin/sh   # in a Python script',
      'Interpreters do not need it, but readers and other tools do.',
    ),
    'script-orphan': info(
      'A script in `actions/` or `sensors/` is neither named nor imported.',
      'actions/old.py',
      'It may be left over, or its component is missing.',
    ),
    'action-env-parameters': warning(
      'A script reads `ATTUNE_ACTION_<NAME>`.',
      'os.environ["ATTUNE_ACTION_NAME"]',
      'The platform sets no such variable: parameters come through stdin or a file.',
    ),
    'action-api-token-not-requested': warning(
      'A script uses `ATTUNE_API_TOKEN` or the SDK client, and its action has no permission sets.',
      'default_execution_permission_set_refs: []',
      'The process gets no token.',
    ),
  },
  check(pack, report) {
    const scripts = scriptsOf(pack);
    for (const script of scripts) {
      checkLineEnds(script, report);
      if (script.components.length > 0) checkShebang(pack, script, report);
      checkEnvironment(script, report);
    }
    checkOrphans(pack, scripts, report);
    checkTokens(scripts, report);
  },
});

function checkLineEnds({ file, runtime, path }: Script, report: Report<Code>): void {
  const shell = runtime === 'shell' || runtime === 'native' || path.endsWith('.sh');
  const hasCr = file.text.includes('\r\n');
  if (!hasCr && !(file.hasByteOrderMark && shell)) return;
  const text = file.text.replaceAll('\r\n', '\n');
  const edits = [{ file, start: -1, end: file.text.length, text }];
  const what = hasCr ? 'CR LF line ends' : 'a byte order mark';
  report('script-crlf', atStart(file), `the script has ${what}`, {
    severity: shell ? 'error' : 'info',
    fix: { description: 'Write LF line ends and no byte order mark.', edits },
  });
}

const INTERPRETERS: Readonly<Record<string, RegExp>> = {
  python: /python/,
  shell: /\b(?:ba|da|k|z|a)?sh\b/,
  nodejs: /\bnode\b/,
  ruby: /\bruby\b/,
  perl: /\bperl\b/,
};

function checkShebang({ listing }: PackModel, { file, path, runtime }: Script, report: Report<Code>): void {
  const [first = ''] = file.text.split(/\r?\n/, 1);
  const expected = runtime === undefined ? undefined : INTERPRETERS[runtime];
  if (!expected) return;
  if (!first.startsWith('#!')) report('script-shebang', atStart(file), 'the script has no shebang');
  else if (!expected.test(first)) report('script-shebang', atStart(file), `'${first}' is not for ${runtime}`);
  else if (supportsFileModes && !listing.files.get(path)?.executable)
    report('script-shebang', atStart(file), 'the script is not executable');
}

/** `ATTUNE_ACTION` itself exists, and a prefix alone is not a variable. */
const PARAMETER_VARIABLE = /\bATTUNE_ACTION_[A-Z][A-Z0-9_]*\b/g;

function checkEnvironment({ file }: Script, report: Report<Code>): void {
  for (const match of file.text.matchAll(PARAMETER_VARIABLE)) {
    const span = { start: match.index, end: match.index + match[0].length };
    report('action-env-parameters', { file, span }, `the platform does not set ${match[0]}`);
  }
}

function checkOrphans(pack: PackModel, scripts: readonly Script[], report: Report<Code>): void {
  const words = wordCounts([...scripts.map(({ file }) => file), ...testFiles(pack)]);
  // A component that cannot be read may name any script.
  const starters = [...pack.components.actions, ...pack.components.sensors];
  if (starters.some(({ root }) => !root)) return;
  // An entry point with a wrong path is reported at its component.
  const named = new Set(starters.map(({ root }) => textOf(field(root, 'entry_point'))?.split('/').at(-1)));
  for (const { path, file, components } of scripts) {
    if (components.length > 0 || !/^(?:actions|sensors)\/[^/]+$/.test(path) || !runtimeOfScript(path)) continue;
    const name = path.slice(path.lastIndexOf('/') + 1);
    const stem = name.replace(/\.\w+$/, '');
    if (stem === '__init__' || named.has(name)) continue;
    const own = wordsOf(file.text).has(stem) ? 1 : 0;
    if ((words.get(stem) ?? 0) <= own)
      report('script-orphan', atStart(file), 'no component names this script, and nothing imports it');
  }
}

function wordsOf(text: string): ReadonlySet<string> {
  return new Set(text.match(/[\w-]+/g));
}

/** Returns the number of files that have each word. */
function wordCounts(files: readonly TextFile[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { text } of files) for (const word of wordsOf(text)) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

function testFiles(pack: PackModel) {
  const paths = [...pack.listing.files.keys()].filter((path) => path.startsWith('tests/'));
  return paths.flatMap((path) => pack.text(path) ?? []);
}

const USES_TOKEN =
  /\bATTUNE_API_TOKEN\b|\bAuthenticatedClient\b|\bfrom\s+attune\b|\bimport\s+attune\b|\battune_client\b/;

function checkTokens(scripts: readonly Script[], report: Report<Code>): void {
  const libraries = scripts.filter(({ path, file }) => path.startsWith('lib/') && USES_TOKEN.test(file.text));
  for (const { file, components } of scripts) {
    const library = libraries.find(({ path }) => imports(file.text, path));
    if (components.length === 0 || (!USES_TOKEN.test(file.text) && !library)) continue;
    for (const action of components.filter(({ kind }) => kind === 'actions')) {
      const sets = field(action.root, 'default_execution_permission_set_refs');
      if ((sets?.items.length ?? 0) > 0 || textOf(sets) !== undefined) continue;
      const source = library ? library.path : file.path;
      const message = `${source} needs a token: set default_execution_permission_set_refs, for example to [standard]`;
      report('action-api-token-not-requested', sets ? { file: action, span: sets } : atStart(action), message);
    }
  }
}

function imports(text: string, path: string): boolean {
  const stem = path.slice(path.lastIndexOf('/') + 1).replace(/\.\w+$/, '');
  if (stem === '__init__') return false;
  const lines = text.split('\n').filter((line) => line.length < 500 && /\b(?:import|from|require)\b/.test(line));
  return lines.some((line) => line.split(/\W+/).includes(stem));
}

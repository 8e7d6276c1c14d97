import type { YamlNode } from '../../../documents/yaml/nodes.ts';
import type { PackModel, YamlFile } from '../../../packs/components/pack-model.ts';
import { manifestProblems } from '../../../packs/manifest/manifest.ts';
import { tryParseRequirement } from '../../../packs/requirement.ts';
import { referencesOf } from '../../references.ts';
import { error, family, fixable, type Grammar, placeOf, type Report, warning } from '../../rule.ts';
import { hasUnknownRunners, runtimeOf, usedRuntimes } from '../../runtimes.ts';
import { append, at, atStart, field, insertAfter, textOf } from '../../values.ts';

type Code =
  | 'manifest-runtime-dep-unknown'
  | 'manifest-runtime-dep-missing'
  | 'manifest-dependency-format'
  | 'manifest-dependency-missing';

export const dependencyRules = family<Code>({
  title: 'Manifest: runtimes and packs',
  rules: {
    'manifest-runtime-dep-unknown': warning(
      'A runtime is unknown, or has a constraint that cannot be checked.',
      'runtime_deps: [powershell-remoting]',
      'Installation can neither detect it nor compare its version.',
    ),
    'manifest-runtime-dep-missing': fixable(
      warning(
        'Components need a runtime that `runtime_deps` does not list, or a listed one is unused.',
        'runtime_deps: []   # with runner_type: python',
        'The pack installs on a host where its components cannot run.',
      ),
    ),
    'manifest-dependency-format': error(
      'A dependency is not a ref with a range, has a range that does not parse, or is the pack itself.',
      'dependencies: ["core@latest-ish"]',
      'Installation refuses the manifest.',
    ),
    'manifest-dependency-missing': fixable(
      warning(
        'A component refers to a pack that `dependencies` does not list, or a listed pack is unused.',
        'action_ref: slack.post   # without slack in dependencies',
        'The reference is unresolved until someone installs that pack.',
      ),
    ),
  },
  check(pack, report, grammar) {
    const { manifest } = pack;
    if (!manifest?.root) return;
    checkRuntimeNames(manifest, report, grammar);
    checkRuntimeUse(pack, manifest, report);
    checkFormat(pack, manifest, report, grammar);
    checkPacks(pack, manifest, report);
  },
});

interface Named {
  readonly name: string;
  readonly constraint: string;
  readonly node: YamlNode;
}

function runtimeDeps(manifest: YamlFile): Named[] {
  const items = field(manifest.root, 'runtime_deps')?.items ?? [];
  return items.flatMap((node) => {
    const texts = textOf(node) === undefined ? [...node.entries.keys()] : [textOf(node) as string];
    return texts.map((text) => {
      const [, name = '', constraint = ''] = /^\s*([\w.+-]*)(.*)$/s.exec(text) ?? [];
      return { name, constraint: constraint.trim(), node };
    });
  });
}

function checkRuntimeNames(manifest: YamlFile, report: Report<Code>, grammar: Grammar): void {
  for (const { name, constraint, node } of runtimeDeps(manifest)) {
    const text = textOf(node);
    const reason = text === undefined ? undefined : grammar.runtime(text);
    if (reason) report('manifest-runtime-dep-unknown', at(manifest, node), reason, { severity: 'error' });
    else if (!grammar.knowsRuntime(name)) {
      const detail = constraint ? 'its version cannot be checked' : 'a program of that name must be on the PATH';
      report('manifest-runtime-dep-unknown', at(manifest, node), `'${name}' is not a known runtime: ${detail}`);
    }
  }
}

/** The runtimes that a host may lack; shells are part of every system. */
const OPTIONAL_RUNTIMES = ['python', 'nodejs'];

function checkRuntimeUse(pack: PackModel, manifest: YamlFile, report: Report<Code>): void {
  const used = usedRuntimes(pack);
  const listed = runtimeDeps(manifest);
  const names = new Set(listed.map(({ name }) => runtimeOf(name)));
  if (field(manifest.root, 'python')) names.add('python');
  if (field(manifest.root, 'nodejs')) names.add('nodejs');
  for (const runtime of OPTIONAL_RUNTIMES) {
    if (!used.has(runtime) || names.has(runtime)) continue;
    const edits = addItem(manifest, 'runtime_deps', runtime);
    const fix = edits.length > 0 ? { description: `Add ${runtime} to runtime_deps.`, edits } : undefined;
    const node = field(manifest.root, 'runtime_deps');
    const place = node ? at(manifest, node.key ?? node) : atStart(manifest);
    report('manifest-runtime-dep-missing', place, `components need ${runtime}, which runtime_deps does not list`, {
      fix,
    });
  }
  // A component whose runtime is not known may need any of them.
  if (hasUnknownRunners(pack)) return;
  for (const { name, node } of listed) {
    const runtime = runtimeOf(name);
    if (runtime === undefined || used.has(runtime)) continue;
    report('manifest-runtime-dep-missing', at(manifest, node), `no component needs ${name}`, { severity: 'info' });
  }
}

/** Returns the edits that add an item to a list of the manifest: a block list, an empty one, or a missing one. */
function addItem(manifest: YamlFile, key: string, item: string) {
  const list = field(manifest.root, key);
  const quoted = /^[\w-]+$/.test(item) ? item : JSON.stringify(item);
  if (!list) return [append(manifest, `${key}:\n  - ${quoted}`)];
  const last = list.items.at(-1);
  if (list.kind === 'list' && last && !list.flow && last.kind === 'scalar') {
    const line = manifest.positionOf(last.start).column;
    const prefix = manifest.text.slice(last.start - line + 1, last.start);
    if (!/^\s*-\s+$/.test(prefix)) return [];
    return [{ file: manifest, start: last.end, end: last.end, text: `\n${prefix}${quoted}` }];
  }
  if (list.kind === 'list' && list.flow && !last)
    return [{ file: manifest, start: list.start, end: list.end, text: `[${quoted}]` }];
  if (list.kind === 'list' && list.flow && last?.kind === 'scalar')
    return [{ file: manifest, start: last.end, end: last.end, text: `, ${quoted}` }];
  return list.value === null ? insertAfter(manifest, list, `  - ${quoted}`) : [];
}

function checkFormat(pack: PackModel, manifest: YamlFile, report: Report<Code>, grammar: Grammar): void {
  for (const problem of manifest.document ? manifestProblems(manifest.document) : []) {
    if (problem.rule === 'manifest-dependency-format') report(problem.rule, placeOf(problem), problem.message);
  }
  for (const { text, node } of requirements(manifest)) {
    const requirement = tryParseRequirement(text);
    if (!requirement) continue;
    const reason = grammar.constraint(requirement.range);
    if (requirement.ref === pack.ref) {
      report('manifest-dependency-format', at(manifest, node), 'a pack cannot depend on itself');
    } else if (reason) report('manifest-dependency-format', at(manifest, node), reason);
    else if (requirement.range !== '*') {
      const message = `'${text}': the platform's install route takes the whole text for a ref`;
      report('manifest-dependency-format', at(manifest, node), message, { severity: 'info' });
    }
  }
}

interface WrittenRequirement {
  readonly text: string;
  readonly node: YamlNode;
}

const SETTINGS = ['attune_version', 'python_version', 'nodejs_version', 'packs'];

function requirements(manifest: YamlFile): WrittenRequirement[] {
  const node = field(manifest.root, 'dependencies');
  const list = node?.kind === 'list' ? node : field(node, 'packs');
  const items = (list?.items ?? []).map((item) => ({ text: textOf(item) ?? '', node: item }));
  const entries = [...(node?.entries ?? [])].filter(([name]) => !SETTINGS.includes(name));
  return [...items, ...entries.map(([name, range]) => ({ text: `${name}@${textOf(range) ?? ''}`, node: range }))];
}

function checkPacks(pack: PackModel, manifest: YamlFile, report: Report<Code>): void {
  const listed = requirements(manifest).flatMap(({ text, node }) => {
    const ref = tryParseRequirement(text)?.ref;
    return ref === undefined ? [] : [{ ref, node }];
  });
  const refs = new Set(listed.map(({ ref }) => ref));
  const used = new Set<string>();
  for (const { file, node, ref } of referencesOf(pack)) {
    const [owner = ''] = ref.split('.', 1);
    if (owner === pack.ref || owner === 'core' || used.has(owner)) continue;
    used.add(owner);
    if (refs.has(owner)) continue;
    const list = field(manifest.root, 'dependencies');
    const edits = list?.kind === 'mapping' ? [] : addItem(manifest, 'dependencies', owner);
    const fix = edits.length > 0 ? { description: `Add ${owner} to dependencies.`, edits } : undefined;
    report(
      'manifest-dependency-missing',
      at(file, node),
      `'${ref}' belongs to ${owner}, which is not in dependencies`,
      { fix },
    );
  }
  for (const { ref, node } of listed) {
    if (used.has(ref) || ref === 'core' || ref === pack.ref) continue;
    report('manifest-dependency-missing', at(manifest, node), `no component refers to ${ref}`, { severity: 'info' });
  }
}

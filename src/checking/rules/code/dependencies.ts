import type { YamlNode } from '../../../documents/yaml/nodes.ts';
import type { PackModel, YamlFile } from '../../../packs/components/pack-model.ts';
import { family, fixable, type Report, warning } from '../../rule.ts';
import { at, field, replace, textOf } from '../../values.ts';
import { nodeDependencies, normalizeName, pythonRequirements, REQUIREMENTS, type Requirement } from './requirements.ts';

type Code = 'deps-unpinned' | 'deps-not-read' | 'deps-meta-drift' | 'deps-not-portable';

export const packageDependencyRules = family<Code>({
  title: 'Dependencies of scripts',
  rules: {
    'deps-unpinned': warning(
      'A requirement has no upper bound, or none is pinned exactly.',
      'httpx>=0.27',
      'A later release with other behavior is installed without a change of the pack.',
    ),
    'deps-not-read': warning(
      'Requirements are in a file that the platform does not install.',
      'pyproject.toml without requirements.txt',
      'Only `requirements.txt` and `package.json` at the root of the pack are installed.',
    ),
    'deps-meta-drift': fixable(
      warning(
        '`meta.python_dependencies` or `meta.node_dependencies` differs from what is installed.',
        'python_dependencies: ["attune-sdk>=0.1.0"]',
        'Catalogs show requirements that are not those of the pack.',
      ),
    ),
    'deps-not-portable': warning(
      'A requirement is a local path, or a git URL without a commit.',
      '-e ../lib',
      'It cannot be installed on another machine, or differs from day to day.',
    ),
  },
  check(pack, report) {
    checkPython(pack, report);
    checkNode(pack, report);
    checkFiles(pack, report);
    if (pack.manifest) checkMeta(pack, pack.manifest, report);
  },
});

function checkPython(pack: PackModel, report: Report<Code>): void {
  const requirements = pythonRequirements(pack);
  const loose = requirements.filter((requirement) => checkRequirement(requirement, report));
  const [first] = requirements;
  if (!first || loose.length > 0) return;
  if (requirements.every(({ range, hashed }) => !hashed && !/^={2,3}[^*]+$/.test(range)))
    report('deps-unpinned', { path: REQUIREMENTS }, 'no version is pinned exactly, and there are no hashes', {
      severity: 'info',
    });
}

/** @returns true if the requirement was reported */
function checkRequirement({ file, span, text, range }: Requirement, report: Report<Code>): boolean {
  const url = /(?:^|@\s*|\s)(?:git\+\S+)/.exec(text)?.[0];
  if (/^(?:-e|--editable)\b|^\.{0,2}\/|file:|^[A-Za-z]:\\/.test(text) || (url && !/@[0-9a-f]{40}\b/.test(url))) {
    report('deps-not-portable', { file, span }, `'${text}' cannot be installed alike on another machine`);
    return true;
  }
  if (url || /@\s*https?:/.test(text) || /<|={2,3}|~=/.test(range)) return false;
  report('deps-unpinned', { file, span }, `'${text}' has no upper bound: write for example <2 or ==1.4.2`);
  return true;
}

function checkNode(pack: PackModel, report: Report<Code>): void {
  for (const { file, span, name, range } of nodeDependencies(pack)) {
    if (/^(?:file:|link:|\.{1,2}\/|\/)/.test(range) || (/^git|github:/.test(range) && !/#[0-9a-f]{40}$/.test(range)))
      report('deps-not-portable', { file, span }, `'${name}': '${range}' cannot be installed alike on another machine`);
    else if (/^(?:\*|latest|x|)$|^>=?(?!.*<)/.test(range.trim()))
      report('deps-unpinned', { file, span }, `'${name}': '${range}' has no upper bound`);
  }
}

const UNREAD_FILES = ['pyproject.toml', 'Pipfile', 'setup.py', 'environment.yml'];

function checkFiles({ listing, components }: PackModel, report: Report<Code>): void {
  const hasPython = [...components.actions, ...components.sensors].some(({ root }) =>
    /^python3?$/i.test(textOf(field(root, 'runner_type')) ?? ''),
  );
  const unread = UNREAD_FILES.find((path) => listing.files.has(path));
  if (listing.files.has(REQUIREMENTS) || !hasPython) return;
  if (unread) report('deps-not-read', { path: unread }, `the platform installs ${REQUIREMENTS}, not ${unread}`);
  for (const path of listing.files.keys()) {
    if (!/^(?:actions|sensors|lib|src)\/(?:.*\/)?requirements\.txt$/.test(path)) continue;
    report('deps-not-read', { path }, `only ${REQUIREMENTS} at the root of the pack is installed`);
  }
}

function checkMeta(pack: PackModel, manifest: YamlFile, report: Report<Code>): void {
  const python = pythonRequirements(pack).map(({ name, range, text }) => ({ name, range, text }));
  compare(
    manifest,
    field(manifest.root, 'meta', 'python_dependencies'),
    python,
    /^([\w.-]+)(?:\[[^\]]*\])?\s*(.*)$/,
    report,
  );
  const node = nodeDependencies(pack).map(({ name, range }) => ({ name, range, text: `${name}@${range}` }));
  compare(manifest, field(manifest.root, 'meta', 'node_dependencies'), node, /^(@?[^@]+)@?(.*)$/, report);
}

interface Installed {
  readonly name: string;
  readonly range: string;
  readonly text: string;
}

function compare(
  manifest: YamlFile,
  list: YamlNode | undefined,
  installed: readonly Installed[],
  form: RegExp,
  report: Report<Code>,
): void {
  for (const item of list?.items ?? []) {
    const [, name = '', range = ''] = form.exec(textOf(item) ?? '') ?? [];
    const actual = installed.find((other) => normalizeName(other.name) === normalizeName(name.trim()));
    if (actual && compact(actual.range) === compact(range)) continue;
    const edits = actual ? [replace(manifest, item, JSON.stringify(actual.text))] : [];
    const fix = edits.length > 0 ? { description: 'Write what is installed.', edits } : undefined;
    const message = actual
      ? `'${textOf(item)}' differs from what is installed: ${actual.text}`
      : `'${textOf(item)}' is not installed`;
    report('deps-meta-drift', at(manifest, item), message, { fix });
  }
}

function compact(range: string): string {
  return range.replace(/\s/g, '').split(',').sort().join(',');
}

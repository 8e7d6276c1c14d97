import type { PackModel, TextFile } from '../../../packs/components/pack-model.ts';
import { isSemanticVersion } from '../../../packs/pack-ref.ts';
import { family, info, type Report, warning } from '../../rule.ts';
import { atStart } from '../../values.ts';
import { allComponents } from '../../yaml-files.ts';

type Code = 'docs-missing-readme' | 'docs-missing-license-file' | 'docs-missing-changelog' | 'docs-component';

export const documentRules = family<Code>({
  title: 'Documentation',
  rules: {
    'docs-missing-readme': warning(
      'There is no README, or it is almost empty.',
      '(no README.md)',
      'Users cannot see what the pack does.',
    ),
    'docs-missing-license-file': warning('There is no license file.', '(no LICENSE)', 'Nobody may use the pack.'),
    'docs-missing-changelog': info(
      'There is no CHANGELOG, or it lacks the current version.',
      '(no CHANGELOG.md)',
      'Users cannot see what an upgrade changes.',
    ),
    'docs-component': info(
      'A component is not in the README, or the README names one that does not exist.',
      '`demo.helo` in README.md',
      'Users copy names from the README.',
    ),
  },
  check(pack, report) {
    // Without a manifest, the directory may not be a pack at all.
    if (!pack.manifest) return;
    const paths = [...pack.listing.files.keys()].filter((path) => !path.includes('/'));
    const readme = find(pack, paths, /^readme(?:\.\w+)?$/i);
    if (!paths.some((path) => /^readme(?:\.\w+)?$/i.test(path)))
      report('docs-missing-readme', { path: 'pack.yaml' }, 'there is no README');
    else if (readme && readme.text.replace(/[#\s]/g, '').length < 40)
      report('docs-missing-readme', atStart(readme), 'the README is almost empty');
    if (!paths.some((path) => /^(?:LICEN[CS]E|COPYING)/i.test(path)))
      report('docs-missing-license-file', { path: 'pack.yaml' }, 'there is no LICENSE file');
    checkChangelog(pack, paths, report);
    if (readme && readme.text.replace(/[#\s]/g, '').length >= 40) checkReadme(pack, readme, report);
  },
});

function find(pack: PackModel, paths: readonly string[], name: RegExp): TextFile | undefined {
  const path = paths.find((candidate) => name.test(candidate));
  return path === undefined ? undefined : pack.text(path);
}

function checkChangelog(pack: PackModel, paths: readonly string[], report: Report<Code>): void {
  const isChangelog = /^(?:changelog|changes|history|news)(?:\.\w+)?$/i;
  if (!paths.some((path) => isChangelog.test(path))) {
    report('docs-missing-changelog', { path: 'pack.yaml' }, 'there is no CHANGELOG');
    return;
  }
  const changelog = find(pack, paths, isChangelog);
  if (changelog && isSemanticVersion(pack.version) && !changelog.text.includes(pack.version))
    report('docs-missing-changelog', atStart(changelog), `the changelog has no entry for ${pack.version}`, {
      severity: 'warning',
    });
}

const DOCUMENTED = ['actions', 'sensors', 'triggers', 'rules', 'queues'];
const FILE_SUFFIX = /\.(?:ya?ml|py|js|sh|json|md|txt|git|com|org|net|io|zip|tar|gz)$/;

function checkReadme(pack: PackModel, readme: TextFile, report: Report<Code>): void {
  const components = allComponents(pack);
  const words = new Set(readme.text.match(/[\w-]+/g));
  for (const file of components) {
    const name = file.ref?.slice(file.ref.indexOf('.') + 1);
    if (!file.root || name === undefined || !DOCUMENTED.includes(file.kind) || words.has(name)) continue;
    report('docs-component', atStart(file), `${readme.path} does not name ${file.ref}`);
  }
  // A file that cannot be read may define any component.
  const known = new Set(components.flatMap(({ ref, stem }) => [ref, `${pack.ref}.${stem}`]));
  const escaped = pack.ref.replace(/[^\w]/g, '\\$&');
  for (const match of readme.text.matchAll(new RegExp(`\`(${escaped}\\.[a-z0-9_-]+)\``, 'g'))) {
    const ref = match[1] ?? '';
    if (known.has(ref) || FILE_SUFFIX.test(ref)) continue;
    const start = match.index + 1;
    const place = { file: readme, span: { start, end: start + ref.length } };
    report('docs-component', place, `there is no component '${ref}'`, { severity: 'warning' });
  }
}

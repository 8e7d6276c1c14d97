import type { ListedPack, ListedVersion, ShownPack } from '../../../operations/installed/show-pack.ts';
import { count } from '../../../platform/count.ts';
import { formatBytes } from '../../progress/format.ts';
import type { Style } from '../../text/style.ts';
import { facts } from '../../text/table.ts';
import { isolationLine } from '../test/environment.ts';

export function packView(pack: ShownPack | ListedPack, style: Style): string {
  return pack.installed ? installedView(pack, style) : listedView(pack, style);
}

/** The number of versions of a pack that is not installed. */
const MAX_VERSIONS = 20;

function listedView(pack: ListedPack, style: Style): string {
  const { ref, registry, latest, versions } = pack;
  const shown = versions.slice(0, MAX_VERSIONS).map(versionText);
  const more = versions.length - shown.length;
  const rows: [string, string | null][] = [
    ['Installed', 'no'],
    ['Registry', registry],
    ['Versions', [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join(', ')],
    ['Runtimes', pack.runtime_deps.join(', ')],
    ['Dependencies', pack.dependencies.join(', ')],
    ['Install', latest === null ? null : `attune pack install ${ref}`],
  ];
  const title = `${style.bold(pack.label)}  ${style.dim([ref, latest ?? []].flat().join(' '))}\n`;
  return [title, pack.description ? `${pack.description}\n` : '', '\n', facts(rows, style)].join('');
}

function versionText({ version, yanked }: ListedVersion): string {
  return yanked === undefined ? version : `${version} (yanked: ${yanked})`;
}

function installedView(pack: ShownPack, style: Style): string {
  const sections = [
    `${style.bold(pack.label)}  ${style.dim(`${pack.ref} ${pack.version}`)}\n`,
    pack.description ? `${pack.description}\n` : '',
    '\n',
    facts(originOf(pack), style),
    section('Components', componentLines(pack), style),
    section(
      'Dependencies',
      pack.dependencies.map(
        ({ ref, range, installed }) =>
          `${ref} ${range} ${installed ? `(${installed} is installed)` : '(not installed)'}`,
      ),
      style,
    ),
    section(
      'Needed by',
      pack.dependents.map(({ ref, version, range }) => `${ref} ${version} (${range})`),
      style,
    ),
  ];
  return sections.join('');
}

function originOf(pack: ShownPack): [string, string | null][] {
  const test = pack.last_test;
  return [
    ['ID', String(pack.id)],
    ['Author', pack.author],
    ['License', pack.license],
    ['Source', `${pack.source_url} (${pack.source_type})`],
    ['Mirror', pack.source_mirror],
    ['Commit', pack.source_commit],
    ['Registry', pack.registry],
    ['Pinned', pack.pinned ? `at ${pack.version}` : null],
    ['Retained', earlierReleases(pack)],
    ['Checksum', pack.checksum],
    ['Archive', pack.archive_checksum],
    ['Size', `${count(pack.file_count, 'file')}, ${formatBytes(pack.size)}`],
    ['Path', pack.storage_path],
    [
      'Installed',
      `${pack.installed_at} by ${pack.installed_by}@${pack.installed_host} with attune ${pack.attune_version}`,
    ],
    ['Tests', test && `${test.status}, ${test.passed}/${test.total} passed at ${test.at}`],
    ['Isolation', isolationLine(test?.isolation ?? null) ?? null],
  ];
}

/** Returns the versions that `pack rollback` can restore, the most recently current first. */
function earlierReleases({ releases }: ShownPack): string | null {
  const versions = releases.filter(({ current }) => !current).map(({ version }) => version);
  return versions.length === 0 ? null : `${versions.join(', ')} (for pack rollback)`;
}

function componentLines({ components }: ShownPack): string[] {
  return components.map(
    ({ kind, name, description }) => `${kind.slice(0, -1)} ${name}${description ? ` - ${description}` : ''}`,
  );
}

function section(title: string, lines: readonly string[], style: Style): string {
  return lines.length === 0 ? '' : `\n${style.bold(title)}\n${lines.map((line) => `  ${line}\n`).join('')}`;
}

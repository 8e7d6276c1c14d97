import type { ShownPack } from '../../../operations/installed/show-pack.ts';
import { count } from '../../../platform/count.ts';
import { formatBytes } from '../../progress/format.ts';
import type { Style } from '../../text/style.ts';
import { facts } from '../../text/table.ts';
import { isolationLine } from '../test/environment.ts';

export function packView(pack: ShownPack, style: Style): string {
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

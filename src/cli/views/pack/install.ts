import compareBuild from 'semver/functions/compare-build.js';
import type { InstalledItem, InstallReceipt, TestTotals } from '../../../operations/install/receipt.ts';
import { count } from '../../../platform/count.ts';
import type { Style } from '../../text/style.ts';
import { isolationLine } from '../test/environment.ts';

const DONE = {
  installed: 'installed successfully',
  upgraded: 'upgraded',
  downgraded: 'downgraded',
  reinstalled: 'reinstalled',
  unchanged: 'is already installed',
};
const PLANNED = {
  installed: 'install',
  upgraded: 'upgrade',
  downgraded: 'downgrade',
  reinstalled: 'reinstall',
  unchanged: 'keep',
};

export function installView(receipt: InstallReceipt, style: Style): string {
  return 'dry_run' in receipt
    ? planText(receipt.packs, style)
    : receipt.packs.map((pack) => packText(pack, style)).join('');
}

function planText(packs: readonly InstalledItem[], style: Style): string {
  const lines = packs.map((pack) => {
    const { ref, version, action, from_version: before, source, registry, required_by } = pack;
    const from = registry ? `from ${registry}` : (source?.url ?? '');
    const why = required_by ? style.dim(` (needed by ${required_by})`) : '';
    const to = action === 'upgraded' ? `${before} -> ${version}` : version;
    return `  ${PLANNED[change(pack)]} ${style.bold(ref)} ${to} ${style.dim(from)}${why}\n`;
  });
  return `Would change ${count(packs.filter(({ action }) => action !== 'unchanged').length, 'pack')}:\n${lines.join('')}`;
}

/** Distinguishes downgrades, which the JSON document includes in `upgraded`. */
function change({ action, version, from_version: before }: InstalledItem): keyof typeof DONE {
  return action === 'upgraded' && before !== null && compareBuild(before, version) > 0 ? 'downgraded' : action;
}

function packText(pack: InstalledItem, style: Style): string {
  const lines = [
    `${style.green('✓')} Pack '${pack.ref}' ${DONE[change(pack)]}`,
    `  Version: ${pack.version}${pack.action === 'upgraded' ? ` (was ${pack.from_version})` : ''}`,
    `  ID: ${pack.id}`,
  ];
  if (pack.required_by) lines.push(`  Needed by: ${pack.required_by}`);
  if (pack.tests) lines.push(...testLines(pack.tests, style));
  else if (pack.tests_skipped) lines.push(`${style.yellow('!')} Tests were skipped`);
  return lines.map((line) => `${line}\n`).join('');
}

function testLines(tests: TestTotals, style: Style): string[] {
  if (tests.total === 0) return [];
  const verdict =
    tests.failed === 0
      ? `${style.green('✓')} All tests passed`
      : `${style.red('✗')} ${count(tests.failed, 'test')} failed`;
  const skipped = tests.skipped > 0 ? `, ${tests.skipped} skipped` : '';
  const isolation = isolationLine(tests.isolation);
  return [
    verdict,
    `  Tests: ${tests.passed}/${tests.total} passed${skipped}`,
    ...(isolation === undefined ? [] : [`  Isolation: ${isolation}`]),
  ];
}

import type { LicenseList } from '../../operations/about/list-licenses.ts';
import { count } from '../../platform/count.ts';
import { printable } from '../text/sanitize.ts';
import type { Style } from '../text/style.ts';
import { table } from '../text/table.ts';

export function licenseListView({ licenses }: LicenseList, style: Style): string {
  const rows = licenses.map(({ name, version, license }) => [name, version, license]);
  const hint = `${count(rows.length, 'component')}. Show the text of a license with: attune licenses NAME; of all licenses with: --full\n`;
  return table(['NAME', 'VERSION', 'LICENSE'], rows, style) + hint;
}

export function licenseTextView({ licenses }: LicenseList, style: Style): string {
  return licenses
    .map(
      ({ name, version, license, text }) => `${style.bold(`${name} ${version} (${license})`)}\n\n${printable(text)}\n`,
    )
    .join(`\n${'-'.repeat(72)}\n\n`);
}

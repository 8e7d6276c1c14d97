import type { VerifiedPack, VerifyReport } from '../../../operations/repair/verify-packs.ts';
import type { Style } from '../../text/style.ts';
import { count } from '../../text/table.ts';

/** Of more packs than this the command for all of them is shorter. */
const MOST_NAMED = 5;

/** A line for each pack, below it one for each file that differs, and what to do about it. */
export function verifyView({ ok, packs }: VerifyReport, style: Style): string {
  if (packs.length === 0) return 'No packs are installed.\n';
  const lines = packs.flatMap((pack) => [headline(pack, style), ...differenceLines(pack)]);
  const wrong = packs.filter((pack) => !pack.ok);
  const refs = [...new Set(wrong.map(({ ref }) => ref))];
  const named = refs.length > MOST_NAMED ? '' : ` ${refs.join(' ')}`;
  const kept = wrong.some(({ current }) => !current) ? ' --kept' : '';
  const verdict = ok
    ? `${style.green('✓')} ${count(packs.length, 'release')} verified: all files are as they were installed`
    : `${style.red('✗')} ${count(wrong.length, 'release')} of ${packs.length} not as installed. Restore with: attune pack repair${named}${kept}`;
  return [...lines, verdict].map((line) => `${line}\n`).join('');
}

function headline({ ok, ref, version, current, files, details, problems }: VerifiedPack, style: Style): string {
  const name = `${style.bold(ref)} ${version}${current ? '' : style.dim(' (kept)')}`;
  return ok
    ? `${style.green('✓')} ${name} ${style.dim(count(files, 'file'))}`
    : `${style.red('✗')} ${name} ${style.dim(count(details.length + problems.length, 'difference'))}`;
}

const WORDS = {
  changed: 'changed:   ',
  missing: 'missing:   ',
  extra: 'extra:     ',
  mode_changed: 'mode:      ',
  unreadable: 'unreadable:',
} as const;

function differenceLines({ problems, details }: VerifiedPack): string[] {
  return [
    ...problems.map((problem) => `    ${problem}`),
    ...details.map(({ path, difference, expected, actual, reason }) => {
      const modes = difference === 'mode_changed' ? ` (${expected?.mode} became ${actual?.mode})` : '';
      return `    ${WORDS[difference]} ${path}${modes}${reason === null ? '' : ` (${reason})`}`;
    }),
  ];
}

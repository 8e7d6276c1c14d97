import type { VerifiedPack } from '../../../operations/repair/judge-release.ts';
import type { VerifyReport } from '../../../operations/repair/verify-packs.ts';
import type { Style } from '../../text/style.ts';
import { count } from '../../text/table.ts';

const MAX_GENERATED_PATHS = 20;

/** With more damaged packs, the suggested command names none of them and repairs all packs. */
const MAX_NAMED_PACKS = 5;

/** Formats each pack with its differences, then the verdict with the command that restores the files. */
export function verifyView({ ok, packs }: VerifyReport, style: Style): string {
  if (packs.length === 0) return 'No packs are installed.\n';
  const lines = packs.flatMap((pack) => [
    headline(pack, style),
    ...differenceLines(pack),
    ...generatedLines(pack, style),
  ]);
  const damaged = packs.filter((pack) => !pack.ok);
  const refs = [...new Set(damaged.map(({ ref }) => ref))];
  const named = refs.length > MAX_NAMED_PACKS ? '' : ` ${refs.join(' ')}`;
  const retained = damaged.some(({ current }) => !current) ? ' --kept' : '';
  const verdict = ok
    ? `${style.green('✓')} ${count(packs.length, 'release')} verified: all files are as installed`
    : `${style.red('✗')} ${count(damaged.length, 'release')} of ${packs.length} damaged. Restore with: attune pack repair${named}${retained} --yes`;
  return [...lines, verdict].map((line) => `${line}\n`).join('');
}

/** Returns the message on standard error that accompanies a document with damaged releases. */
export function verifyFailure({ packs }: VerifyReport): string {
  const damaged = packs.filter((pack) => !pack.ok).map(({ ref, version }) => `${ref} ${version}`);
  return `${count(damaged.length, 'release')} of ${packs.length} damaged: ${damaged.slice(0, MAX_NAMED_PACKS).join(', ')}.`;
}

function headline({ ok, ref, version, current, files, details, problems }: VerifiedPack, style: Style): string {
  const name = `${style.bold(ref)} ${version}${current ? '' : style.dim(' (retained)')}`;
  return ok
    ? `${style.green('✓')} ${name} ${style.dim(count(files, 'file'))}`
    : `${style.red('✗')} ${name} ${style.dim(count(details.length + problems.length, 'difference'))}`;
}

const LABELS = {
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
      return `    ${LABELS[difference]} ${path}${modes}${reason === null ? '' : ` (${reason})`}`;
    }),
  ];
}

/** Lists what interpreters have written next to code, which is not a difference. */
function generatedLines({ generated }: VerifiedPack, style: Style): string[] {
  const lines = generated.slice(0, MAX_GENERATED_PATHS).map((path) => `    generated:  ${path}`);
  const more = generated.length - lines.length;
  return (more > 0 ? [...lines, `    and ${more} more generated`] : lines).map((line) => style.dim(line));
}

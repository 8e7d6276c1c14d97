import { join } from 'node:path';
import ignore from 'ignore';
import type { PackModel } from '../../../packs/components/pack-model.ts';
import { isDeviceName } from '../../../packs/pack-ref.ts';
import { existsAbove } from '../../../platform/files/inspect.ts';
import { error, family, fixable, type Report, warning } from '../../rule.ts';
import { append, at, field } from '../../values.ts';
import { entryPath } from '../code/scripts.ts';

type Code = 'package-link' | 'package-name' | 'package-size' | 'package-junk' | 'package-ignored-file';

export const packageFileRules = family<Code>({
  title: 'Packaging: files',
  rules: {
    'package-link': error(
      'The pack has a link, a special file, a submodule, an unreadable file or a Git LFS pointer.',
      'actions/run.sh -> ../shared/run.sh',
      'Installation refuses the pack.',
    ),
    'package-name': error(
      'A name differs from another one only in case, is a Windows device, ends with a dot, or is too long.',
      'actions/Run.sh next to actions/run.sh',
      'Installation refuses the pack, since it cannot be unpacked everywhere.',
    ),
    'package-size': error(
      'A file, the pack or the number of its files is above a limit.',
      'data.bin of 60 MiB',
      'Installation or the upload to the platform refuses the pack.',
    ),
    'package-junk': fixable(
      warning(
        'The pack has generated or private files: `__pycache__`, `node_modules`, `.venv`, `.DS_Store`.',
        'actions/__pycache__/run.pyc',
        'Archives are larger and differ from machine to machine.',
      ),
    ),
    'package-ignored-file': error(
      'A file that a component needs matches `.gitignore`.',
      '.gitignore: *.sh',
      'It is absent from a checkout and from the upload to the platform.',
    ),
  },
  check(pack, report) {
    checkIrregular(pack, report);
    checkNames(pack, report);
    checkSizes(pack, report);
    checkJunk(pack, report);
    checkIgnored(pack, report);
  },
});

function checkIrregular({ listing, text }: PackModel, report: Report<Code>): void {
  for (const { path, kind, description } of listing.irregularities) {
    if (kind === 'name') report('package-name', { path }, description);
    else report('package-link', { path }, description);
  }
  for (const { path, size } of listing.files.values()) {
    const isSmall = size > 0 && size < 1024;
    if (isSmall && text(path)?.text.startsWith('version https://git-lfs.github.com/spec/'))
      report('package-link', { path }, 'a Git LFS pointer in place of the file');
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the expression finds control characters
const CONTROL = /[\u0000-\u001f\u007f]/;

function checkNames({ listing, limits }: PackModel, report: Report<Code>): void {
  const seen = new Map<string, string>();
  for (const path of [...listing.directories, ...listing.files.keys()].sort()) {
    const reason = nameProblem(path, limits);
    if (reason) report('package-name', { path }, reason);
    const folded = path.normalize('NFC').toLowerCase();
    const other = seen.get(folded);
    if (other !== undefined)
      report('package-name', { path }, `it differs from '${other}' only in case or Unicode form`);
    else seen.set(folded, path);
  }
}

function nameProblem(path: string, limits: PackModel['limits']): string | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (CONTROL.test(name)) return 'the name has control characters';
  if (/[\\:]/.test(name)) return 'the name has a backslash or a colon';
  if (/[. ]$/.test(name)) return 'the name ends with a dot or a space';
  if (isDeviceName((name.split('.', 1)[0] ?? '').toLowerCase())) return 'the name is a device on Windows';
  if (Buffer.byteLength(name) > limits.pathComponentBytes) return 'the name is too long';
  return Buffer.byteLength(path) > limits.pathBytes ? 'the path is too long' : undefined;
}

const MIB = 1024 * 1024;
const UPLOAD_FILE = 50 * MIB;
const UPLOAD_TOTAL = 100 * MIB;
const UPLOAD_FILES = 10_000;
const LARGE = 10 * MIB;

function checkSizes({ listing, limits }: PackModel, report: Report<Code>): void {
  let total = 0;
  for (const { path, size } of listing.files.values()) {
    total += size;
    const limit = Math.min(limits.fileBytes, UPLOAD_FILE);
    if (size > limit) report('package-size', { path }, `the file has ${mib(size)}, and the limit is ${mib(limit)}`);
  }
  const place = { path: 'pack.yaml' };
  if (total > UPLOAD_TOTAL)
    report('package-size', place, `the pack has ${mib(total)}, and the limit is ${mib(UPLOAD_TOTAL)}`);
  else if (total > LARGE) report('package-size', place, `the pack has ${mib(total)}`, { severity: 'warning' });
  if (listing.truncated) report('package-size', place, `the pack has more than ${limits.entries} entries`);
  else if (listing.files.size > UPLOAD_FILES)
    report('package-size', place, `the pack has ${listing.files.size} files, and the limit is ${UPLOAD_FILES}`);
}

function mib(bytes: number): string {
  return `${(bytes / MIB).toFixed(1)} MiB`;
}

const JUNK =
  /(?:^|\/)(?:[^/]*\.pyc|\.DS_Store|Thumbs\.db|desktop\.ini|\.coverage|[^/]*~|[^/]*\.sw[op]|coverage\/lcov\.info)$/;
const ARCHIVE_IGNORE = '.attuneignore';

function checkJunk(pack: PackModel, report: Report<Code>): void {
  const { listing } = pack;
  const excluded = ignore().add(pack.text(ARCHIVE_IGNORE)?.text ?? '');
  // A checkout's archive has tracked files only, and git does not track what it ignores.
  const untracked = existsAbove(listing.root, '.git') ? pack.text('.gitignore')?.text : undefined;
  if (untracked) excluded.add(untracked);
  const directories = listing.closed.map((path) => `${path}/`);
  const files = [...listing.files.keys()].filter((path) => JUNK.test(path));
  for (const path of [...directories, ...files]) {
    if (excluded.ignores(path)) continue;
    const pattern = path.endsWith('/')
      ? `${path.split('/').at(-2)}/`
      : path.endsWith('.pyc')
        ? '*.pyc'
        : path.split('/').at(-1);
    const file = pack.text(ARCHIVE_IGNORE);
    const edit = file
      ? append(file, String(pattern))
      : { file: ARCHIVE_IGNORE, start: 0, end: 0, text: `${pattern}\n` };
    const fix = { description: `Exclude ${pattern} in ${ARCHIVE_IGNORE}.`, edits: [edit] };
    report('package-junk', { path: path.replace(/\/$/, '') }, 'generated or private files do not belong in a pack', {
      fix,
    });
  }
}

function checkIgnored(pack: PackModel, report: Report<Code>): void {
  const rules = pack.text('.gitignore')?.text;
  if (!rules) return;
  const ignored = ignore().add(rules);
  const { components, manifest } = pack;
  for (const file of [...components.actions, ...components.sensors]) {
    const path = entryPath(file) || workflowPath(file.root);
    const node = field(file.root, 'entry_point') ?? field(file.root, 'workflow_file');
    if (path === '' || !node || /^\/|(?:^|\/)\.\.?(?:\/|$)/.test(path) || !pack.listing.files.has(path)) continue;
    if (ignored.ignores(path)) report('package-ignored-file', at(file, node), `${path} matches .gitignore`);
  }
  for (const file of [...(manifest ? [manifest] : []), ...Object.values(components).flat()])
    if (ignored.ignores(file.path)) report('package-ignored-file', { path: file.path }, 'the file matches .gitignore');
}

function workflowPath(root: Parameters<typeof field>[0]): string {
  const path = field(root, 'workflow_file')?.value;
  return typeof path === 'string' ? join('actions', path).replaceAll('\\', '/') : '';
}

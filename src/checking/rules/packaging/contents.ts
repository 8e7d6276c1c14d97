import type { PackModel, TextFile } from '../../../packs/components/pack-model.ts';
import { error, family, type Report, warning } from '../../rule.ts';
import { runtimeOf } from '../../runtimes.ts';
import { at, field, textOf } from '../../values.ts';

type Code = 'package-secret' | 'package-attributes';

export const packageContentRules = family<Code>({
  title: 'Packaging: contents',
  rules: {
    'package-secret': error(
      'A file has a private key or a token.',
      '-----BEGIN PRIVATE KEY----- with its key',
      'Everyone who has the pack has the secret.',
    ),
    'package-attributes': warning(
      '`.gitattributes` changes what an archive of a commit contains, or executable bits matter.',
      '*.md export-ignore',
      'The archive and the commit have different checksums; an upload to the platform drops executable bits.',
    ),
  },
  check(pack, report) {
    for (const path of pack.listing.files.keys()) {
      if (/(?:^|\/)\.env(?:\.[\w-]+)?$/.test(path) && !/example|sample|template|dist$/.test(path))
        report('package-secret', { path }, 'a file of environment variables usually has secrets', {
          severity: 'warning',
        });
    }
    checkSecrets(pack, report);
    checkAttributes(pack, report);
    checkModes(pack, report);
  },
});

const SECRETS =
  /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----|\bAKIA[A-Z0-9]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}\b|\bgithub_pat_\w{60}|\bglpat-[\w-]{20}\b|\bxox[abpr]-\d{10,}-[\w-]{10,}|\bsk_live_\w{24}|\bnpm_[A-Za-z0-9]{36}\b/g;
const PLACEHOLDER = /example|sample|dummy|placeholder|fake|xxxx|0000|1234|abcd/i;
/** Bytes of text that are searched in one pack. */
const MAX_SEARCHED = 64 * 1024 * 1024;

function checkSecrets(pack: PackModel, report: Report<Code>): void {
  let searched = 0;
  for (const { path, size } of pack.listing.files.values()) {
    searched += size;
    if (searched > MAX_SEARCHED) return;
    const file = pack.peek(path);
    if (file) searchFile(file, report);
  }
}

function searchFile(file: TextFile, report: Report<Code>): void {
  for (const match of file.text.matchAll(SECRETS)) {
    const isKey = match[0].startsWith('-----');
    if (isKey ? !hasKeyBody(file.text.slice(match.index, match.index + 8000)) : PLACEHOLDER.test(match[0])) continue;
    const span = { start: match.index, end: match.index + match[0].length };
    report('package-secret', { file, span }, isKey ? 'a private key' : 'this looks like a token that is in use');
  }
}

/** Placeholders and short dummies are no keys. */
function hasKeyBody(text: string): boolean {
  const body = text.slice(text.indexOf('KEY-----') + 8).split('-----', 1)[0] ?? '';
  const key = body.replace(/\\n|\s|["'+\\]/g, '');
  return /^[A-Za-z0-9+/=]{100,}$/.test(key) && new Set(key).size > 20;
}

function checkAttributes(pack: PackModel, report: Report<Code>): void {
  const file = pack.text('.gitattributes');
  for (const match of file?.text.matchAll(/^[^#\s]\S*[^\n]*?\s(export-ignore|export-subst|eol=\w+|ident)\b/gm) ?? []) {
    const name = match[1] ?? '';
    const start = match.index + match[0].length - name.length;
    const place = { file: file as TextFile, span: { start, end: start + name.length } };
    report('package-attributes', place, `with ${name}, an archive of a commit differs from its files`);
  }
}

function checkModes(pack: PackModel, report: Report<Code>): void {
  for (const file of [...pack.components.actions, ...pack.components.sensors]) {
    const entry = field(file.root, 'entry_point');
    const runner = textOf(field(file.root, 'runner_type'));
    const isNative = runner !== undefined && runtimeOf(runner) === 'native';
    if (!entry || !isNative || !pack.listing.files.get(`${file.kind}/${textOf(entry)}`)?.executable) continue;
    report('package-attributes', at(file, entry), 'an upload to the platform drops the executable bit', {
      severity: 'info',
    });
  }
}

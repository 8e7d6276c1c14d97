/**
 * Normalizes license texts for comparison, after the matching guidelines of SPDX: case, white space, punctuation, copyright
 * notices, list markers and titles do not count.
 */
import { hash } from 'node:crypto';

/** A notice: the word or sign followed by a year, a placeholder for one, or another sign. */
const NOTICE =
  /^\W*(?:copyright\s*(?:\(c\)|\u{a9}|[<[{(]*(?:\d{4}|year|yyyy|4-digit))|(?:\(c\)|\u{a9})\W*\d{4}|portions copyright\b)/iu;
const RIGHTS_RESERVED = /^\W*all rights reserved\W*$/i;
const LIST_MARKER = /^\s*(?:\(?(?:\d{1,2}|[a-z]|[ivx]{1,4})[.)]|[*\u{2022}-])\s+/iu;
/** What follows in Apache-2.0 explains how to apply the license and may be left out. */
const END_OF_TERMS = 'endoftermsandconditions';
/** The longest title of a license. */
const MAX_TITLE_CHARACTERS = 120;

/**
 * Returns the digests of the forms of a text that count as the same license. Two texts match if they have one in common.
 */
export function licenseDigests(text: string): Set<string> {
  const paragraphs = text
    .replace(/\r\n?/g, '\n')
    .replace(/^\u{feff}/u, '')
    .split(/\n[^\S\n]*\n/)
    .filter((paragraph) => paragraph.trim() !== '');
  const bodies = [paragraphs, withoutTitle(paragraphs)];
  const forms = bodies.flatMap((body) =>
    [withoutNoticeLines(body), withoutNoticeParagraphs(body)].flatMap((lines) => [
      condense(lines),
      condense(lines.map((line) => line.replace(LIST_MARKER, ''))),
    ]),
  );
  return new Set(forms.flatMap((form) => [form, withoutAppendix(form)]).flatMap((form) => digest(form)));
}

function withoutTitle(paragraphs: readonly string[]): readonly string[] {
  const [title = '', ...rest] = paragraphs;
  return title.length <= MAX_TITLE_CHARACTERS && !NOTICE.test(title) ? rest : paragraphs;
}

function withoutNoticeLines(paragraphs: readonly string[]): string[] {
  const lines = paragraphs.flatMap((paragraph) => paragraph.split('\n'));
  return lines.filter((line) => !NOTICE.test(line) && !RIGHTS_RESERVED.test(line));
}

/** Leaves out whole paragraphs that begin with a notice, since a long name may continue on the next line. */
function withoutNoticeParagraphs(paragraphs: readonly string[]): string[] {
  const rest = paragraphs.filter((paragraph) => !NOTICE.test(paragraph.trimStart()));
  return rest.flatMap((paragraph) => paragraph.split('\n')).filter((line) => !RIGHTS_RESERVED.test(line));
}

/** The parts of common licenses that name the owner, which SPDX marks as replaceable, and spellings that it treats as equal. */
const REPLACEABLE: readonly (readonly [pattern: RegExp, text: string])[] = [
  [/neither the names? of .{1,200}? nor the names? of (?:its|their|the|other|any) /g, 'neither name nor '],
  [/provided by .{1,120}? \W*as is\W/g, 'provided as is '],
  [/as is\W* and .{1,80}? disclaims? /g, 'as is and disclaims '],
  [/in no event shall .{1,160}? be liable/g, 'in no event shall be liable'],
  [/and\/or/g, 'and'],
  [/https:\/\//g, 'http://'],
  [/\u{a9}/gu, 'c'],
];

function condense(lines: readonly string[]): string {
  const text = lines.join(' ').normalize('NFKC').toLowerCase().replace(/\s+/g, ' ');
  const canonical = REPLACEABLE.reduce((result, [pattern, replacement]) => result.replace(pattern, replacement), text);
  return canonical.replace(/[^\p{L}\p{N}]+/gu, '');
}

function withoutAppendix(form: string): string {
  const end = form.indexOf(END_OF_TERMS);
  return end === -1 ? form : form.slice(0, end);
}

function digest(form: string): string[] {
  return form === '' ? [] : [hash('sha256', form, 'base64').slice(0, 16)];
}

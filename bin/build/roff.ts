/** Text in the macros of man(7), which groff and mandoc both support. */

const PROGRAM = '<%= config.bin %>';

/** Paragraphs separate the parts of these sections; in others the parts have tags. */
const PROSE: ReadonlySet<string> = new Set(['DESCRIPTION', 'EXAMPLES']);

/** Returns a section, or nothing if all its parts are empty. */
export function section(name: string, parts: readonly string[]): string {
  const body = parts.filter((part) => part !== '');
  return body.length === 0 ? '' : `.SH ${name}\n${body.join(PROSE.has(name) ? '\n.PP\n' : '\n')}\n`;
}

/** Returns a paragraph with a hanging tag, which is already in macros. */
export function tagged(tag: string, body: string): string {
  return `.TP\n${tag}\n${filled(body)}`;
}

export function example(line: string): string {
  return `.nf\n.RS\n${literal(line.replaceAll(PROGRAM, 'attune'))}\n.RE\n.fi`;
}

/** Splits a text into paragraphs. A paragraph with indented lines keeps its line breaks. */
export function paragraphs(text: string): string[] {
  return text.split(/\n{2,}/).flatMap((paragraph) => {
    if (paragraph.trim() === '') return [];
    if (!/^ {2}/m.test(paragraph)) return filled(paragraph);
    return `.nf\n${literal(paragraph)}\n.fi`;
  });
}

/** Returns text that the formatter breaks into lines. By the convention of man pages, each sentence starts a line. */
export function filled(text: string): string {
  const sentences = text
    .replaceAll(PROGRAM, 'attune')
    .trim()
    .split(/\s*\n\s*|(?<=[.:])\s+(?=[A-Z])/);
  return sentences.map((sentence) => escaped(sentence, HYPHENATED)).join('\n');
}

/** Returns text that appears as it has to be typed. */
export function literal(text: string): string {
  return escaped(text, ESCAPES);
}

export function quoted(text: string): string {
  return `"${literal(text)}"`;
}

type Escapes = Readonly<Record<string, string>>;

/** Hyphens in filled text are not minus signs. */
const HYPHENATED: Escapes = {
  '\\': '\\e',
  '"': '\\(dq',
  "'": '\\(aq',
  '`': '\\(ga',
  '^': '\\(ha',
  '~': '\\(ti',
};
const ESCAPES: Escapes = { ...HYPHENATED, '-': '\\-' };

function escaped(text: string, escapes: Escapes): string {
  const ascii = Array.from(text, (character) => escapes[character] ?? inAscii(character)).join('');
  // A line that starts with a dot is a request to the formatter.
  return ascii.replace(/^\./gm, '\\&.');
}

function inAscii(character: string): string {
  if (character === '\n' || (character >= ' ' && character <= '~')) return character;
  const codePoint = character.codePointAt(0) as number;
  return `\\[u${codePoint.toString(16).toUpperCase().padStart(4, '0')}]`;
}

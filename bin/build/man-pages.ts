/**
 * Makes manual pages of what `--help` is made of, oclif.manifest.json: one for attune and one for each command. They are
 * written in the macros of man(7), which groff and mandoc both know.
 *
 *     node bin/build/man-pages.ts     writes dist/man/attune.1, dist/man/attune-pack-install.1 and so on
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

interface Flag {
  readonly name: string;
  readonly type: string;
  readonly char?: string;
  readonly summary?: string;
  readonly description?: string;
  readonly helpValue?: string;
  readonly helpGroup?: string;
  readonly options?: readonly string[];
  readonly default?: unknown;
  readonly allowNo?: boolean;
  readonly required?: boolean;
  readonly multiple?: boolean;
  readonly hidden?: boolean;
}

interface Argument {
  readonly name: string;
  readonly description?: string;
  readonly required?: boolean;
  readonly options?: readonly string[];
}

interface Command {
  readonly id: string;
  readonly summary?: string;
  readonly description?: string;
  readonly hidden?: boolean;
  readonly strict?: boolean;
  readonly examples?: readonly string[];
  readonly args: Readonly<Record<string, Argument>>;
  readonly flags: Readonly<Record<string, Flag>>;
}

export interface ManualSource {
  readonly version: string;
  /** `2026-11-22` */
  readonly date: string;
  readonly commands: readonly Command[];
}

const EXIT_STATUSES: readonly (readonly [status: number, meaning: string])[] = [
  [0, 'Done.'],
  [1, 'A defect of attune.'],
  [2, 'The command line is not right.'],
  [3, 'A manifest, index, archive, pack, version or configuration is not valid, or a check found errors.'],
  [4, 'A path, pack, version, registry or git reference does not exist.'],
  [5, 'Something is there already.'],
  [6, 'Dependencies are not met, or a pack is still needed.'],
  [7, 'A checksum or an installed file is not what it has to be.'],
  [8, 'Tests did not pass.'],
  [9, 'The network, a server or its certificate failed, or attune is offline.'],
  [10, 'The store cannot be read or written.'],
  [130, 'Interrupted.'],
];

const ENVIRONMENT: readonly (readonly [name: string, meaning: string])[] = [
  ['ATTUNE_DATA_DIR', 'Where packs and the database are kept.'],
  ['ATTUNE_CACHE_DIR', 'Where downloads and indexes are kept.'],
  ['ATTUNE_CONFIG_DIR', 'Where config.yaml is.'],
  ['ATTUNE_REGISTRY_INDICES', 'URLs of indexes, separated by commas, in place of the registries in config.yaml.'],
  ['ATTUNE_USER', 'Who is recorded to have installed a pack.'],
  ['ATTUNE_GIT_TOKEN', 'The credential for git servers; with _HOST behind it, for one of them.'],
  ['HTTPS_PROXY, HTTP_PROXY, NO_PROXY', 'The proxy to go through.'],
  ['NODE_EXTRA_CA_CERTS', 'A file of certificates to trust.'],
  ['NO_COLOR', 'No colour.'],
];

const FILES: readonly (readonly [name: string, meaning: string])[] = [
  ['~/.local/share/attune/attune.db', 'What is installed.'],
  ['~/.local/share/attune/packs/', 'The installed packs.'],
  ['~/.config/attune/config.yaml', 'The configuration.'],
  ['~/.cache/attune/', 'What can be had again.'],
];

/** The pages by their file names. */
export function manualPages(source: ManualSource): ReadonlyMap<string, string> {
  const commands = source.commands.filter(({ hidden }) => !hidden);
  return new Map([
    ['attune.1', overview({ ...source, commands })],
    ...commands.map((command) => [`${pageName(command)}.1`, page(command, source)] as const),
  ]);
}

function pageName({ id }: Command): string {
  return `attune-${id.replaceAll(':', '-')}`;
}

function wordsOf({ id }: Command): string {
  return `attune ${id.replaceAll(':', ' ')}`;
}

function overview({ commands, ...source }: ManualSource): string {
  return [
    heading('attune', source),
    section('NAME', [`attune \\- ${text('install, check, test and publish automation packs')}`]),
    section('SYNOPSIS', [`.B attune\n.I COMMAND\n[\\fIFLAGS\\fR]`]),
    section('DESCRIPTION', [
      text(
        'A pack is a directory of automation actions, sensors, triggers, rules and workflows with a pack.yaml. What is installed is recorded in one local file, verified before it becomes visible, and becomes visible all at once.',
      ),
    ]),
    section(
      'COMMANDS',
      commands.map((command) => tagged(`\\fB${literal(pageName(command))}\\fR(1)`, sentence(command.summary))),
    ),
    section(
      'ENVIRONMENT',
      ENVIRONMENT.map(([name, meaning]) => tagged(`\\fB${literal(name)}\\fR`, meaning)),
    ),
    section(
      'FILES',
      FILES.map(([name, meaning]) => tagged(`\\fI${literal(name)}\\fR`, meaning)),
    ),
    section(
      'EXIT STATUS',
      EXIT_STATUSES.map(([status, meaning]) => tagged(`\\fB${status}\\fR`, meaning)),
    ),
  ].join('');
}

function page(command: Command, source: ManualSource): string {
  const flags = Object.values(command.flags).filter(({ hidden }) => !hidden);
  const own = flags.filter(({ helpGroup }) => helpGroup === undefined);
  const shared = flags.filter(({ helpGroup }) => helpGroup !== undefined);
  return [
    heading(pageName(command), source),
    section('NAME', [`${literal(pageName(command))} \\- ${text((command.summary ?? '').replace(/\.$/, ''))}`]),
    section('SYNOPSIS', [synopsis(command)]),
    section('DESCRIPTION', paragraphs(`${sentence(command.summary)}\n\n${command.description ?? ''}`)),
    section('ARGUMENTS', Object.values(command.args).map(argument)),
    section('OPTIONS', own.map(option)),
    section('GLOBAL OPTIONS', shared.map(option)),
    section('EXAMPLES', (command.examples ?? []).map(example)),
    section('EXIT STATUS', [text('As attune(1) lists them.')]),
    section('SEE ALSO', ['.BR attune (1)']),
  ].join('');
}

function heading(name: string, { version, date }: Omit<ManualSource, 'commands'>): string {
  return `.TH ${quoted(name.toUpperCase())} 1 "${date}" ${quoted(`attune ${version}`)} ${quoted('attune manual')}\n`;
}

/** Of these the parts are paragraphs. */
const SEPARATE: ReadonlySet<string> = new Set(['DESCRIPTION', 'EXAMPLES']);

function section(name: string, parts: readonly string[]): string {
  const body = parts.filter((part) => part !== '');
  return body.length === 0 ? '' : `.SH ${name}\n${body.join(SEPARATE.has(name) ? '\n.PP\n' : '\n')}\n`;
}

function tagged(tag: string, body: string): string {
  return `.TP\n${tag}\n${text(body)}`;
}

function synopsis(command: Command): string {
  const repeated = command.strict === false ? '...\\&' : '';
  const names = Object.values(command.args).map(({ name, required }, at, all) => {
    const shown = `\\fI${literal(name.toUpperCase())}\\fR${at === all.length - 1 ? repeated : ''}`;
    return required ? shown : `[${shown}]`;
  });
  return [`.B ${literal(wordsOf(command))}`, ...names, '[\\fIFLAGS\\fR]'].join('\n');
}

function argument({ name, description, options }: Argument): string {
  return tagged(`\\fI${literal(name.toUpperCase())}\\fR`, sentence(withOptions(description, options)));
}

function option({ name, char, type, summary, description, helpValue, options, allowNo, ...rest }: Flag): string {
  const value = type === 'option' ? `=\\fI${literal(helpValue ?? name.toUpperCase())}\\fR` : '';
  const long = `\\fB${literal(allowNo ? `--[no-]${name}` : `--${name}`)}\\fR${value}`;
  const tag = char === undefined ? long : `\\fB${literal(`-${char}`)}\\fR, ${long}`;
  const given = rest.default === undefined || typeof rest.default === 'boolean' ? [] : [`By default ${rest.default}.`];
  const more = [
    ...(rest.required ? ['It has to be given.'] : []),
    ...(rest.multiple ? ['May be given several times.'] : []),
    ...given,
  ];
  return tagged(tag, [sentence(withOptions(summary ?? description, options)), ...more].join(' '));
}

function withOptions(description: string | undefined, options: readonly string[] | undefined): string {
  const list = options === undefined ? [] : [`one of ${options.join(', ')}`];
  return [...(description === undefined ? [] : [description]), ...list].join('; ');
}

function example(line: string): string {
  return `.nf\n.RS\n${literal(line.replaceAll('<%= config.bin %>', 'attune'))}\n.RE\n.fi`;
}

function sentence(words = ''): string {
  const start = words.charAt(0).toUpperCase() + words.slice(1);
  return start === '' || /[.:]$/.test(start) ? start : `${start}.`;
}

/** What is set off by blanks stays as it is set. */
function paragraphs(words: string): string[] {
  return words.split(/\n{2,}/).flatMap((part) => {
    if (part.trim() === '') return [];
    if (!/^ {2}/m.test(part)) return text(part);
    return `.nf\n${part
      .split('\n')
      .map((line) => literal(line))
      .join('\n')}\n.fi`;
  });
}

/** Words to be filled, as a writer of them would break lines: each sentence on a line of its own. */
function text(words: string): string {
  const sentences = words
    .replaceAll('<%= config.bin %>', 'attune')
    .trim()
    .split(/\s*\n\s*|(?<=[.:])\s+(?=[A-Z])/);
  return sentences.map((line) => literal(line, '-')).join('\n');
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\e',
  '"': '\\(dq',
  "'": '\\(aq',
  '`': '\\(ga',
  '^': '\\(ha',
  '~': '\\(ti',
  '-': '\\-',
};

/** @param plain what need not come out as it would have to be typed */
function literal(words: string, plain = ''): string {
  const escaped = words.replace(/[\\"'`^~-]/g, (sign) => (plain.includes(sign) ? sign : (ESCAPES[sign] as string)));
  const inAscii = escaped.replace(/[^\n\x20-\x7e]/gu, (sign) => `\\[u${codeOf(sign)}]`);
  // A dot there would make a request of it.
  return inAscii.replace(/^\./gm, '\\&.');
}

function codeOf(sign: string): string {
  return (sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
}

function quoted(words: string): string {
  return `"${literal(words)}"`;
}

/** Of the commit, so that the same one gives the same pages. */
function dateOfCommit(root: string): string {
  const epoch = process.env['SOURCE_DATE_EPOCH'];
  if (epoch) return new Date(Number(epoch) * 1000).toISOString().slice(0, 10);
  return execFileSync('git', ['log', '-1', '--format=%cs'], { cwd: root, encoding: 'utf8' }).trim();
}

if (import.meta.main) {
  const root = dirname(dirname(import.meta.dirname));
  const read = (path: string) => JSON.parse(readFileSync(join(root, path), 'utf8'));
  const directory = join(root, 'dist', 'man');
  const pages = manualPages({
    version: read('package.json').version,
    date: dateOfCommit(root),
    commands: Object.values(read('oclif.manifest.json').commands),
  });
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  for (const [name, content] of pages) writeFileSync(join(directory, name), content);
}

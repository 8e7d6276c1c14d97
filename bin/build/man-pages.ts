/**
 * Writes manual pages from oclif.manifest.json, from which `--help` is made too: one for attune and one for each command.
 *
 *     node bin/build/man-pages.ts     writes dist/man/attune.1, dist/man/attune-pack-install.1 and so on
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { example, filled, literal, paragraphs, quoted, section, tagged } from './roff.ts';

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
  /** For example `2026-11-22`. */
  readonly date: string;
  readonly commands: readonly Command[];
}

type Rows = readonly (readonly [term: string, meaning: string])[];

const EXIT_STATUSES: Rows = [
  ['0', 'Success.'],
  ['1', 'A defect of attune.'],
  ['2', 'The command line is invalid.'],
  ['3', 'A manifest, index, archive, pack, version or configuration is invalid, or a check found errors.'],
  ['4', 'A path, pack, version, registry or git reference does not exist.'],
  ['5', 'Something already exists.'],
  ['6', 'Dependencies are not satisfied, or other packs depend on a pack.'],
  ['7', 'A checksum does not match, or an installed file was modified.'],
  ['8', 'Tests failed.'],
  ['9', 'The network, a server or its certificate failed, or attune is offline.'],
  ['10', 'The store cannot be read or written.'],
  ['129, 130, 143', 'Ended by SIGHUP, SIGINT or SIGTERM. 130 also if the user declines a confirmation.'],
];

const ENVIRONMENT: Rows = [
  ['ATTUNE_DATA_DIR', 'The directory of packs and the database.'],
  ['ATTUNE_CACHE_DIR', 'The directory of downloads and indexes.'],
  ['ATTUNE_CONFIG_DIR', 'The directory of settings.yaml.'],
  ['ATTUNE_REGISTRY_INDICES', 'URLs of indexes, separated by commas. They replace the registries in settings.yaml.'],
  ['ATTUNE_USER', 'The user that is recorded for an installation.'],
  ['ATTUNE_GIT_TOKEN', 'The credential for git servers. ATTUNE_GIT_TOKEN_HOST is for one server.'],
  ['HTTPS_PROXY, HTTP_PROXY, NO_PROXY', 'The proxy, and the hosts that are contacted without it.'],
  ['NODE_EXTRA_CA_CERTS', 'A file of additional trusted certificates.'],
  ['FORCE_COLOR, CLICOLOR_FORCE', 'Colors the output even if it is not a terminal.'],
  ['NO_COLOR', 'Disables colors.'],
];

const FILES: Rows = [
  ['~/.local/share/attune/attune.db', 'The database of installed packs.'],
  ['~/.local/share/attune/packs/', 'The installed packs.'],
  ['~/.config/attune/settings.yaml', 'The configuration.'],
  ['~/.cache/attune/', 'Files that can be downloaded again.'],
];

/** Returns the pages by their file names. */
export function manualPages(source: ManualSource): ReadonlyMap<string, string> {
  const commands = source.commands.filter(({ hidden }) => !hidden);
  return new Map([
    ['attune.1', overview({ ...source, commands })],
    ...commands.map((command) => [`${pageName(command)}.1`, commandPage(command, source)] as const),
  ]);
}

function pageName({ id }: Command): string {
  return `attune-${id.replaceAll(':', '-')}`;
}

function overview({ commands, ...source }: ManualSource): string {
  return [
    heading('attune', source),
    section('NAME', [`attune \\- ${filled('install, check, test and publish automation packs')}`]),
    section('SYNOPSIS', [`.B attune\n.I COMMAND\n[\\fIFLAGS\\fR]`]),
    section('DESCRIPTION', [
      filled(
        'A pack is a directory of automation actions, sensors, triggers, rules and workflows with a pack.yaml. attune verifies a pack, makes all of it visible at once, and records it in one local database.',
      ),
    ]),
    section(
      'COMMANDS',
      commands.map((command) => tagged(`\\fB${literal(pageName(command))}\\fR(1)`, sentence(command.summary))),
    ),
    section('ENVIRONMENT', table(ENVIRONMENT, 'B')),
    section('FILES', table(FILES, 'I')),
    section('EXIT STATUS', table(EXIT_STATUSES, 'B')),
  ].join('');
}

function table(rows: Rows, font: 'B' | 'I'): string[] {
  return rows.map(([term, meaning]) => tagged(`\\f${font}${literal(term)}\\fR`, meaning));
}

function commandPage(command: Command, source: ManualSource): string {
  const flags = Object.values(command.flags).filter(({ hidden }) => !hidden);
  const summary = command.summary ?? '';
  return [
    heading(pageName(command), source),
    section('NAME', [
      `${literal(pageName(command))} \\- ${filled(summary.endsWith('.') ? summary.slice(0, -1) : summary)}`,
    ]),
    section('SYNOPSIS', [synopsis(command)]),
    section('DESCRIPTION', paragraphs(`${sentence(summary)}\n\n${command.description ?? ''}`)),
    section('ARGUMENTS', Object.values(command.args).map(argument)),
    section('OPTIONS', flags.filter(({ helpGroup }) => helpGroup === undefined).map(option)),
    section('GLOBAL OPTIONS', flags.filter(({ helpGroup }) => helpGroup !== undefined).map(option)),
    section('EXAMPLES', (command.examples ?? []).map(example)),
    section('EXIT STATUS', [filled('See attune(1).')]),
    section('SEE ALSO', ['.BR attune (1)']),
  ].join('');
}

function heading(name: string, { version, date }: Omit<ManualSource, 'commands'>): string {
  return `.TH ${quoted(name.toUpperCase())} 1 "${date}" ${quoted(`attune ${version}`)} ${quoted('attune manual')}\n`;
}

function synopsis({ id, args, strict }: Command): string {
  const repeated = strict === false ? '...\\&' : '';
  const names = Object.values(args).map(({ name, required }, index, all) => {
    const shown = `\\fI${literal(name.toUpperCase())}\\fR${index === all.length - 1 ? repeated : ''}`;
    return required ? shown : `[${shown}]`;
  });
  return [`.B ${literal(`attune ${id.replaceAll(':', ' ')}`)}`, ...names, '[\\fIFLAGS\\fR]'].join('\n');
}

function argument({ name, description, options }: Argument): string {
  return tagged(`\\fI${literal(name.toUpperCase())}\\fR`, sentence(withOptions(description, options)));
}

function option(flag: Flag): string {
  const { name, char, type, summary, description, helpValue, options, allowNo, required, multiple } = flag;
  const value = type === 'option' ? `=\\fI${literal(helpValue ?? name.toUpperCase())}\\fR` : '';
  const long = `\\fB${literal(allowNo ? `--[no-]${name}` : `--${name}`)}\\fR${value}`;
  const tag = char === undefined ? long : `\\fB${literal(`-${char}`)}\\fR, ${long}`;
  const hasDefault = flag.default !== undefined && typeof flag.default !== 'boolean';
  const notes = [
    ...(required ? ['Required.'] : []),
    ...(multiple ? ['May be given several times.'] : []),
    ...(hasDefault ? [`The default is ${flag.default}.`] : []),
  ];
  return tagged(tag, [sentence(withOptions(summary ?? description, options)), ...notes].join(' '));
}

function withOptions(description: string | undefined, options: readonly string[] | undefined): string {
  const list = options === undefined ? [] : [`one of ${options.join(', ')}`];
  return [...(description === undefined ? [] : [description]), ...list].join('; ');
}

function sentence(text = ''): string {
  const capitalized = text.charAt(0).toUpperCase() + text.slice(1);
  return capitalized === '' || /[.:]$/.test(capitalized) ? capitalized : `${capitalized}.`;
}

/** Returns the date of the commit, so that the same commit gives the same pages. */
function commitDate(root: string): string {
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
    date: commitDate(root),
    commands: Object.values(read('oclif.manifest.json').commands),
  });
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  for (const [name, content] of pages) writeFileSync(join(directory, name), content);
}

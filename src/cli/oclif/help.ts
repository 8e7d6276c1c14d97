import type { Command } from '@oclif/core/command';
import { CommandHelp, Help } from '@oclif/core/help';
import type { Config, HelpOptions, Topic } from '@oclif/core/interfaces';
import { visibleWidth, wrapText } from '../text/wrap.ts';

/** The part of oclif's configuration that help reads. */
export type HelpConfig = Pick<Config, 'bin' | 'commands' | 'pjson' | 'topics' | 'topicSeparator' | 'userAgent'>;

type Row = readonly (string | undefined)[];

/** The minimum width of the column of descriptions. If less is left, descriptions are printed below their labels. */
const MIN_DESCRIPTION_COLUMNS = 24;
const DESCRIPTION_INDENT = 6;

/** Matches one word of a shell command line with the spaces after it; quoted text is part of the word. */
const SHELL_WORD = /(?:'[^']*'|"[^"]*"|\S)+\s*/g;

/** The help of one command. */
class AttuneCommandHelp extends CommandHelp {
  constructor(command: Command.Loadable, config: Config, options: HelpOptions) {
    super(command, config, options);
    renderTemplatesOnly(this);
  }

  protected override usage(): string {
    const { id, args, strict } = this.command;
    const names = Object.values(args).map((argument) => argumentLabel(argument, strict === false));
    const line = ['$', this.config.bin, id, ...names, '[FLAGS]'].join(' ');
    return wrapText(line, this.opts.maxWidth - this.indentSpacing, { hanging: 2 });
  }

  protected override args(args: Command.Arg.Any[]): [string, string][] | undefined {
    if (args.length === 0) return undefined;
    return args.map((argument) => [
      argumentLabel(argument, this.command.strict === false),
      withNotes(argument.description ?? '', valueNotes(argument.options)),
    ]);
  }

  protected override flags(flags: Command.Flag.Any[]): [string, string][] | undefined {
    if (flags.length === 0) return undefined;
    return flags.map((flag) => {
      const label = this.flagHelpLabel(flag.type === 'option' ? { ...flag, helpValue: helpValueOf(flag) } : flag);
      const notes = flag.type === 'option' ? valueNotes(flag.options, flag.default) : [];
      return [label, withNotes(flag.summary ?? '', [...(flag.required ? ['required'] : []), ...notes])];
    });
  }

  /** Returns the description without the summary, which oclif would print a second time. */
  protected override description(): string | undefined {
    const { description } = this.command;
    return description === undefined ? undefined : this.wrap(description);
  }

  protected override examples(examples: Command.Example[] | string | undefined): string {
    const columns = this.opts.maxWidth - this.indentSpacing;
    const lines = [examples ?? []].flat().map((example) => (typeof example === 'string' ? example : example.command));
    return lines
      .map((line) => wrapText(`$ ${this.render(line)}`, columns, { hanging: 4, lineEnd: ' \\', word: SHELL_WORD }))
      .join('\n\n');
  }

  override wrap(body: string, spacing = this.indentSpacing): string {
    return wrapText(this.render(body), this.opts.maxWidth - spacing);
  }

  override renderList(rows: Row[], { indentation }: { readonly indentation: number }): string {
    return renderRows(rows, this.opts.maxWidth - indentation);
  }
}

/** Collects the help as one text. */
export class AttuneHelp extends Help {
  protected override CommandHelpClass = AttuneCommandHelp;
  text = '';

  constructor(config: HelpConfig, options: Pick<HelpOptions, 'maxWidth' | 'stripAnsi'>) {
    // The type requires oclif's whole configuration, but help reads only this part of it.
    super(config as Config, options);
    renderTemplatesOnly(this);
  }

  /** Adds the help of a command, of a topic, or of the whole program. */
  async add(subject: { readonly command: Command.Loadable } | { readonly topic: Topic } | undefined): Promise<void> {
    if (subject === undefined) await this.showRootHelp();
    else if ('command' in subject) await this.showCommandHelp(subject.command);
    else await this.showTopicHelp(subject.topic);
  }

  override formatRoot(): string {
    return [
      this.wrap(String(this.config.pjson['description']), 0),
      this.section('VERSION', this.wrap(this.config.userAgent)),
      this.section('USAGE', `$ ${this.config.bin} [COMMAND]`),
    ].join('\n\n');
  }

  protected override formatTopic({ name, description = '' }: Topic): string {
    const usage = this.section('USAGE', `$ ${this.config.bin} ${name} COMMAND`);
    return `${this.wrap(description, 0)}\n\n${usage}\n`;
  }

  override async showCommandHelp(command: Command.Loadable): Promise<void> {
    this.log(this.wrap(command.summary ?? '', 0), '');
    this.log(this.formatCommand(command), '');
  }

  override wrap(body: string, spacing = this.indentSpacing): string {
    return wrapText(this.render(body), this.opts.maxWidth - spacing);
  }

  override renderList(rows: Row[], { indentation }: { readonly indentation: number }): string {
    return renderRows(rows, this.opts.maxWidth - indentation);
  }

  protected override log(...lines: string[]): void {
    this.text += lines.map((line) => `${line}\n`).join('');
  }
}

/** Makes oclif render only texts with a template: compiling one template takes longer than the rest of the help. */
function renderTemplatesOnly(formatter: { render: (text: string) => string }): void {
  const { render } = formatter;
  formatter.render = (text) => (text.includes('<%') ? render(text) : text);
}

/** Returns labels and descriptions in two columns, or the descriptions below their labels where the terminal is narrow. */
function renderRows(rows: readonly Row[], columns: number): string {
  const width = Math.max(0, ...rows.map(([label = '']) => visibleWidth(label)));
  const isNarrow = columns - width - 2 < MIN_DESCRIPTION_COLUMNS;
  const indent = isNarrow ? DESCRIPTION_INDENT : width + 2;
  return rows
    .map(([label = '', description = '']) => {
      const text = wrapText(description, columns - indent).replaceAll('\n', `\n${' '.repeat(indent)}`);
      const gap = isNarrow ? `\n${' '.repeat(indent)}` : ' '.repeat(indent - visibleWidth(label));
      return label + gap + text;
    })
    .join('\n');
}

function argumentLabel({ name, required }: Command.Arg.Any, repeatable: boolean): string {
  const label = `${name.toUpperCase()}${repeatable ? '...' : ''}`;
  return required ? label : `[${label}]`;
}

function helpValueOf({ name, helpValue }: Command.Flag.Any & { readonly type: 'option' }): string | string[] {
  return helpValue ?? name.toUpperCase();
}

function valueNotes(options: readonly string[] | undefined, defaultValue?: unknown): string[] {
  return [
    ...(options === undefined ? [] : [`possible values: ${options.join(', ')}`]),
    ...(defaultValue === undefined ? [] : [`default: ${defaultValue}`]),
  ];
}

function withNotes(description: string, notes: readonly string[]): string {
  return [description, ...notes.map((note) => `[${note}]`)].join(' ');
}

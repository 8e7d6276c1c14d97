import * as Flags from '@oclif/core/flags';
import { AttuneError } from '../../errors.ts';
import { systemClock } from '../../platform/clock.ts';
import { systemEnvironment } from '../../platform/environment.ts';
import { type Reporter, rememberWarnings } from '../../platform/reporter.ts';
import { onInterrupt, systemTerminal, type Terminal } from '../../platform/terminal/terminal.ts';
import { lineReporter } from '../progress/line-reporter.ts';
import { errorDocument, errorText } from '../report-error.ts';
import { SystemRuntime } from '../runtime.ts';
import { printable, printableDocument, printableJson } from '../text/sanitize.ts';
import { PLAIN, type Style, type Styles, stylesFor } from '../text/style.ts';
import { StartedCommand } from './bare-command.ts';
import { fromParseError } from './usage-error.ts';

export type OutputFormat = 'table' | 'json' | 'yaml';

export interface SharedFlags {
  readonly json: boolean;
  readonly yaml: boolean;
  readonly format: string | undefined;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly color: boolean;
  readonly 'data-dir': string | undefined;
  readonly offline: boolean;
  readonly 'lock-timeout'?: number | undefined;
}

/** A view turns a result, whose strings are already safe for a terminal, into lines. */
export type View<T> = (result: T, style: Style) => string;

const GROUP = 'GLOBAL';

/** `--lock-timeout`, for every command that writes to the store. */
export const lockTimeoutFlag = {
  'lock-timeout': Flags.integer({
    summary: 'seconds to wait while another attune writes to the store',
    default: 60,
    min: 0,
    helpGroup: GROUP,
  }),
};

/**
 * What all commands share: the flags, the way a result is shown, and the one place where an error becomes words and an
 * exit status. A command parses, calls one operation, and hands its result to `show`.
 */
export abstract class BaseCommand extends StartedCommand {
  static override baseFlags = {
    json: Flags.boolean({ char: 'j', summary: 'print one JSON document', exclusive: ['yaml'], helpGroup: GROUP }),
    yaml: Flags.boolean({ char: 'y', summary: 'print one YAML document', helpGroup: GROUP }),
    format: Flags.string({
      summary: 'how results are printed',
      options: ['table', 'json', 'yaml'],
      exclusive: ['json', 'yaml'],
      helpGroup: GROUP,
    }),
    quiet: Flags.boolean({ char: 'q', summary: 'no progress and no notes', helpGroup: GROUP }),
    verbose: Flags.boolean({ char: 'v', summary: 'say more, also about errors', helpGroup: GROUP }),
    color: Flags.boolean({
      summary: 'colour on terminals (NO_COLOR turns it off too)',
      default: true,
      allowNo: true,
      helpGroup: GROUP,
    }),
    'data-dir': Flags.directory({ summary: 'where packs and the database are kept', helpGroup: GROUP }),
    offline: Flags.boolean({ summary: 'open no connection whatever', helpGroup: GROUP }),
  };

  readonly #terminal: Terminal = systemTerminal();
  #format: OutputFormat = 'table';
  #verbose = false;
  /** A person may be reading what happens. */
  #watched = false;
  #styles: Styles = { output: PLAIN, error: PLAIN };
  #runtime: SystemRuntime | undefined;
  #stopProgress = () => {};
  #stopListening = () => {};

  /** Makes what operations work with, as the shared flags say. Called once, after parsing. */
  protected async prepare(flags: SharedFlags): Promise<SystemRuntime> {
    this.#format = flags.json ? 'json' : flags.yaml ? 'yaml' : ((flags.format ?? 'table') as OutputFormat);
    this.#verbose = flags.verbose;
    this.#watched = this.#format === 'table' && !flags.quiet && !systemEnvironment().variables['CI'];
    this.#styles = await stylesFor(this.#terminal, systemEnvironment().variables, !flags.color);
    const reporter = rememberWarnings(await this.#reporter(flags));
    const runtime = new SystemRuntime(reporter, {
      dataDirectory: flags['data-dir'],
      offline: flags.offline,
      lockTimeoutSeconds: flags['lock-timeout'] ?? 60,
    });
    this.#runtime = runtime;
    this.#stopListening = onInterrupt(() => {
      this.#stopProgress();
      this.#showError(
        new AttuneError('INTERRUPTED', 'Interrupted.', { hint: 'Nothing was changed; run it again when you like.' }),
      );
      runtime[Symbol.dispose]();
    });
    return runtime;
  }

  /** Prints a result; the document itself in JSON and YAML, the view's text otherwise. */
  protected async show<T>(result: T, view: View<T>, exitCode = 0): Promise<void> {
    // What is done is done: a Ctrl-C that arrives now must not say that nothing was changed, nor print a second document.
    this.#stopListening();
    this.#stopProgress();
    this.#terminal.write(await this.#rendered(result, view));
    this.#terminal.exitWith(exitCode);
  }

  /** Passes on what a child writes, as it comes, beside the result. */
  protected writeLive(chunk: Uint8Array): void {
    this.#stopProgress();
    this.#terminal.writeError(printable(Buffer.from(chunk).toString('utf8')));
  }

  /** Shows on a terminal, beside the result, what is about to be done; a log has the steps themselves. */
  protected preview<T>(plan: T, view: View<T>): void {
    if (!this.#watched || !this.#terminal.errorIsTerminal) return;
    this.#stopProgress();
    this.#terminal.writeError(view(printableDocument(plan), this.#styles.error));
  }

  /** Asks before something is lost, where a person is there to answer; a script has said what it wants. */
  protected async confirm(question: string): Promise<void> {
    if (!this.#terminal.canAsk || this.#format !== 'table') return;
    this.#stopProgress();
    if (await this.#terminal.confirm(printable(question))) return;
    throw new AttuneError('INTERRUPTED', 'Nothing was done.', { hint: 'Answer y, or give --yes.' });
  }

  /** The same for what must not be done unasked: where nobody can answer, `--yes` has to say it. */
  protected async confirmOrRefuse(question: string): Promise<void> {
    if (this.#terminal.canAsk && this.#format === 'table') return this.confirm(question);
    throw new AttuneError('USAGE', `Nobody is here to answer: ${question}`, {
      hint: 'Give --yes; see what would be done with --dry-run.',
    });
  }

  async #rendered<T>(result: T, view: View<T>): Promise<string> {
    if (this.#format === 'json') return `${printableJson(result)}\n`;
    if (this.#format === 'yaml') {
      const { dump } = await import('js-yaml');
      // Through JSON, so that both say the same: what is undefined is left out.
      return dump(JSON.parse(JSON.stringify(result)), { lineWidth: 120, noRefs: true });
    }
    return view(printableDocument(result), this.#styles.output);
  }

  async #reporter(flags: SharedFlags): Promise<Reporter> {
    const pen = { terminal: this.#terminal, style: this.#styles.error, clock: systemClock };
    const silent = flags.quiet || this.#format !== 'table';
    if (silent || !this.#terminal.interactive || !flags.color) return lineReporter(pen, { steps: !silent });
    const { LiveReporter, spinnerCanvas } = await import('../progress/live-reporter.ts');
    const live = new LiveReporter(pen, await spinnerCanvas(), { verbose: flags.verbose });
    this.#stopProgress = () => live.hide();
    return live;
  }

  #showError(thrown: unknown): void {
    const format = this.#runtime ? this.#format : formatOf(this.argv);
    if (format === 'table') this.#terminal.writeError(errorText(thrown, this.#styles.error, this.#verbose));
    else this.#terminal.write(`${printableJson(errorDocument(thrown))}\n`);
    this.#terminal.exitWith(errorDocument(thrown).error.exit_code);
  }

  protected override async catch(thrown: Error): Promise<void> {
    this.#stopListening();
    this.#stopProgress();
    // A command line that could not be parsed has styled nothing yet.
    if (!this.#runtime)
      this.#styles = await stylesFor(this.#terminal, systemEnvironment().variables, this.argv.includes('--no-color'));
    this.#showError(fromParseError(thrown, this.ctor.id, Object.keys({ ...this.ctor.baseFlags, ...this.ctor.flags })));
  }

  protected override async finally(): Promise<void> {
    this.#runtime?.[Symbol.dispose]();
  }
}

/** How to print an error on a command line that could not be parsed. JSON is a subset of YAML. */
export function formatOf(argv: readonly string[]): OutputFormat {
  const words = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv;
  if (
    words.includes('--json') ||
    words.some((word) => /^-[a-z]*j/.test(word)) ||
    /--format[= ]json/.test(words.join(' '))
  )
    return 'json';
  if (
    words.includes('--yaml') ||
    words.some((word) => /^-[a-z]*y/.test(word)) ||
    /--format[= ]yaml/.test(words.join(' '))
  )
    return 'yaml';
  return 'table';
}

import { systemClock } from '../../platform/clock.ts';
import { systemEnvironment } from '../../platform/environment.ts';
import { collectWarnings, type Reporter } from '../../platform/reporter.ts';
import { onInterrupt, systemTerminal, type Terminal } from '../../platform/terminal/terminal.ts';
import { Cancelled, Interrupted } from '../interrupted.ts';
import { hasShortFlag, type OutputFormat } from '../output-format.ts';
import type { EventReporter } from '../progress/event-reporter.ts';
import { selectProgress } from '../progress/select-reporter.ts';
import { errorDocument, errorLine, reportError, reportUnparsed } from '../report-error.ts';
import { SystemRuntime } from '../runtime.ts';
import { printable, printableDocument, printableJson } from '../text/sanitize.ts';
import { PLAIN, type Styles, stylesFor } from '../text/style.ts';
import { SuggestedCommands } from '../text/suggested-commands.ts';
import type { View } from '../views/view.ts';
import { BareCommand } from './bare-command.ts';
import { type SharedFlags, sharedFlags } from './flags.ts';
import { fromParseError, UsageError } from './usage-error.ts';

/**
 * What all commands share: the global flags, the output of results and errors, and the confirmation prompt. A command
 * parses its arguments, calls one operation and passes the result to `show`.
 */
export abstract class BaseCommand extends BareCommand {
  static override baseFlags = sharedFlags;

  readonly #terminal: Terminal = systemTerminal();
  #format: OutputFormat = 'table';
  #verbose = false;
  #quiet = false;
  /** True if a user may be watching the command run. */
  #interactive = false;
  #styles: Styles = { output: PLAIN, error: PLAIN };
  #suggested = new SuggestedCommands(undefined);
  #runtime: SystemRuntime | undefined;
  #stopProgress = () => {};
  /** Present with `--progress json`: everything on standard error is then an event. */
  #events: EventReporter | undefined;
  #stopListening = () => {};

  /** Creates the collaborators of the operations from the global flags. Called once, after parsing. */
  protected async prepare(flags: SharedFlags): Promise<SystemRuntime> {
    this.#format = flags.json ? 'json' : flags.yaml ? 'yaml' : ((flags.format ?? 'table') as OutputFormat);
    this.#verbose = flags.verbose;
    this.#quiet = flags.quiet;
    this.#suggested = new SuggestedCommands(flags['data-dir']);
    this.#interactive = this.#format === 'table' && !flags.quiet && !systemEnvironment().variables['CI'];
    this.#styles = await stylesFor(this.#terminal, systemEnvironment().variables, !flags.color);
    const reporter = collectWarnings(await this.#reporter(flags), (text) => this.#suggested.inText(text));
    const runtime = new SystemRuntime(reporter, {
      dataDirectory: flags['data-dir'],
      offline: flags.offline,
      lockTimeoutSeconds: flags['lock-timeout'] ?? 60,
    });
    this.#runtime = runtime;
    this.#stopListening = onInterrupt((signal) => {
      this.#stopProgress();
      this.#reportError(new Interrupted(signal));
      runtime[Symbol.dispose]();
    });
    return runtime;
  }

  /**
   * Prints a result: the document itself as JSON or YAML, otherwise the text of the view.
   * @param failure for a report of a failure: the message on standard error that accompanies a document
   */
  protected async show<T>(result: T, view: View<T>, exitCode = 0, failure?: string): Promise<void> {
    // The operation is complete: an interrupt from here on must not report that nothing was changed, nor print a second document.
    this.#stopListening();
    this.#stopProgress();
    this.#terminal.write(await this.#rendered(result, view));
    const isSilent = exitCode === 0 || failure === undefined || this.#format === 'table' || this.#quiet;
    if (!isSilent) this.#writeText(errorLine(failure, this.#styles.error));
    this.#terminal.exitWith(exitCode);
  }

  /** Passes the output of a child process on to standard error. */
  protected writeLive(chunk: Uint8Array): void {
    this.#stopProgress();
    this.#writeText(printable(Buffer.from(chunk).toString('utf8')));
  }

  /** Prints text to standard error. */
  #writeText(text: string): void {
    if (this.#events === undefined) this.#terminal.writeError(text);
    else this.#events.output(text);
  }

  /** Prints a plan before it is executed, if standard error is a terminal; a log has the steps themselves. */
  protected preview<T>(plan: T, view: View<T>): void {
    if (!this.#interactive || this.#events !== undefined || !this.#terminal.errorIsTerminal) return;
    this.#stopProgress();
    this.#terminal.writeError(view(printableDocument(plan), this.#styles.error));
  }

  /**
   * Prompts for confirmation, unless it was given with `--yes`.
   * @throws UsageError where no prompt is possible, Cancelled if the user declines
   */
  protected async confirm(question: string, { yes }: { readonly yes: boolean }): Promise<void> {
    if (yes) return;
    if (!this.#terminal.canPrompt || this.#format !== 'table') throw this.#confirmationRequired(question);
    this.#stopProgress();
    if (!(await this.#terminal.confirm(printable(question)))) throw new Cancelled();
  }

  #confirmationRequired(question: string): UsageError {
    const isShort = this.#format === 'yaml' && hasShortFlag(this.argv, 'y');
    const asText = isShort ? '-y means --yaml' : `the output is ${this.#format.toUpperCase()}`;
    return new UsageError(
      `Confirmation required, but ${this.#format === 'table' ? 'stdin is not a terminal' : asText}: ${question}`,
      'Pass --yes to confirm, or --dry-run to see what would change.',
    );
  }

  async #rendered<T>(document: T, view: View<T>): Promise<string> {
    const result = this.#suggested.inDocument(document);
    if (this.#format === 'json') return `${printableJson(result)}\n`;
    if (this.#format === 'yaml') {
      const { dump } = await import('js-yaml');
      // Converted to JSON first, so that undefined fields are omitted as they are in JSON.
      return dump(JSON.parse(JSON.stringify(result)), { lineWidth: 120, noRefs: true });
    }
    return this.#suggested.inView(view(printableDocument(result), this.#styles.output));
  }

  async #reporter(flags: SharedFlags): Promise<Reporter> {
    const output = { terminal: this.#terminal, style: this.#styles.error, clock: systemClock };
    const { progress: mode, quiet, verbose, color } = flags;
    const text = this.#format === 'table';
    const { reporter, hide, events } = await selectProgress(output, { mode, text, quiet, verbose, color });
    this.#stopProgress = hide;
    this.#events = events;
    return reporter;
  }

  #reportError(thrown: unknown): void {
    const style = this.#styles.error;
    const layout = { format: this.#format, style, verbose: this.#verbose, quiet: this.#quiet };
    this.#events?.error(this.#suggested.inDocument(errorDocument(thrown)).error);
    const terminal = this.#events ? { ...this.#terminal, writeError() {} } : this.#terminal;
    reportError(thrown, { ...layout, suggested: this.#suggested }, terminal);
  }

  protected override async catch(thrown: Error): Promise<void> {
    this.#stopListening();
    this.#stopProgress();
    if (this.#runtime) return this.#reportError(thrown);
    const flagNames = Object.keys({ ...this.ctor.baseFlags, ...this.ctor.flags });
    const line = { commandId: this.ctor.id, argv: this.argv, flagNames };
    await reportUnparsed(fromParseError(thrown, line), this.argv, this.#terminal);
  }

  protected override async finally(): Promise<void> {
    this.#runtime?.[Symbol.dispose]();
  }
}

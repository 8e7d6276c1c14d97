import { AttuneError } from '../../errors.ts';
import { systemClock } from '../../platform/clock.ts';
import { systemEnvironment } from '../../platform/environment.ts';
import { collectWarnings, type Reporter } from '../../platform/reporter.ts';
import { onInterrupt, systemTerminal, type Terminal } from '../../platform/terminal/terminal.ts';
import { type OutputFormat, outputFormat } from '../output-format.ts';
import { lineReporter } from '../progress/line-reporter.ts';
import { reportError, reportUnparsed } from '../report-error.ts';
import { SystemRuntime } from '../runtime.ts';
import { printable, printableDocument, printableJson } from '../text/sanitize.ts';
import { PLAIN, type Styles, stylesFor } from '../text/style.ts';
import type { View } from '../views/view.ts';
import { BareCommand } from './bare-command.ts';
import { type SharedFlags, sharedFlags } from './flags.ts';
import { fromParseError } from './usage-error.ts';

/**
 * What all commands share: the global flags, the output of results and errors, and the confirmation prompt. A command
 * parses its arguments, calls one operation and passes the result to `show`.
 */
export abstract class BaseCommand extends BareCommand {
  static override baseFlags = sharedFlags;

  readonly #terminal: Terminal = systemTerminal();
  #format: OutputFormat = 'table';
  #verbose = false;
  /** True if a user may be watching the command run. */
  #interactive = false;
  #styles: Styles = { output: PLAIN, error: PLAIN };
  #runtime: SystemRuntime | undefined;
  #stopProgress = () => {};
  #stopListening = () => {};

  /** Creates the collaborators of the operations from the global flags. Called once, after parsing. */
  protected async prepare(flags: SharedFlags): Promise<SystemRuntime> {
    this.#format = outputFormat(flags);
    this.#verbose = flags.verbose;
    this.#interactive = this.#format === 'table' && !flags.quiet && !systemEnvironment().variables['CI'];
    this.#styles = await stylesFor(this.#terminal, systemEnvironment().variables, !flags.color);
    const reporter = collectWarnings(await this.#reporter(flags));
    const runtime = new SystemRuntime(reporter, {
      dataDirectory: flags['data-dir'],
      offline: flags.offline,
      lockTimeoutSeconds: flags['lock-timeout'] ?? 60,
    });
    this.#runtime = runtime;
    this.#stopListening = onInterrupt((status) => {
      this.#stopProgress();
      const hint = 'Nothing was changed. Run the command again.';
      this.#reportError(new AttuneError('INTERRUPTED', 'Interrupted.', { hint }), status);
      runtime[Symbol.dispose]();
    });
    return runtime;
  }

  /** Prints a result: the document itself as JSON or YAML, otherwise the text of the view. */
  protected async show<T>(result: T, view: View<T>, exitCode = 0): Promise<void> {
    // The operation is complete: an interrupt from here on must not report that nothing was changed, nor print a second document.
    this.#stopListening();
    this.#stopProgress();
    this.#terminal.write(await this.#rendered(result, view));
    this.#terminal.exitWith(exitCode);
  }

  /** Passes the output of a child process on to standard error. */
  protected writeLive(chunk: Uint8Array): void {
    this.#stopProgress();
    this.#terminal.writeError(printable(Buffer.from(chunk).toString('utf8')));
  }

  /** Prints a plan before it is executed, if standard error is a terminal; a log has the steps themselves. */
  protected preview<T>(plan: T, view: View<T>): void {
    if (!this.#interactive || !this.#terminal.errorIsTerminal) return;
    this.#stopProgress();
    this.#terminal.writeError(view(printableDocument(plan), this.#styles.error));
  }

  /** Prompts for confirmation on a terminal; a script is not prompted. */
  protected async confirm(question: string): Promise<void> {
    if (!this.#canPrompt()) return;
    this.#stopProgress();
    if (await this.#terminal.confirm(printable(question))) return;
    throw new AttuneError('INTERRUPTED', 'Canceled. Nothing was changed.', { hint: 'Answer y, or pass --yes.' });
  }

  /** Prompts for confirmation, and throws a usage error where no prompt is possible. */
  protected async requireConfirmation(question: string): Promise<void> {
    if (this.#canPrompt()) return this.confirm(question);
    const reason = this.#format === 'table' ? 'stdin is not a terminal' : `the output is ${this.#format.toUpperCase()}`;
    throw new AttuneError('USAGE', `Confirmation required, but ${reason}: ${question}`, {
      hint: 'Pass --yes to confirm, or --dry-run to see what would change.',
    });
  }

  #canPrompt(): boolean {
    return this.#terminal.canPrompt && this.#format === 'table';
  }

  async #rendered<T>(result: T, view: View<T>): Promise<string> {
    if (this.#format === 'json') return `${printableJson(result)}\n`;
    if (this.#format === 'yaml') {
      const { dump } = await import('js-yaml');
      // Converted to JSON first, so that undefined fields are omitted as they are in JSON.
      return dump(JSON.parse(JSON.stringify(result)), { lineWidth: 120, noRefs: true });
    }
    return view(printableDocument(result), this.#styles.output);
  }

  async #reporter(flags: SharedFlags): Promise<Reporter> {
    const output = { terminal: this.#terminal, style: this.#styles.error, clock: systemClock };
    const silent = flags.quiet || this.#format !== 'table';
    if (silent || !this.#terminal.interactive || !flags.color) return lineReporter(output, { steps: !silent });
    const { LiveReporter, spinnerCanvas } = await import('../progress/live-reporter.ts');
    const live = new LiveReporter(output, await spinnerCanvas(), { verbose: flags.verbose });
    this.#stopProgress = () => live.hide();
    return live;
  }

  /** @param status the exit status, if it is not that of the error's family */
  #reportError(thrown: unknown, status?: number): void {
    const layout = { format: this.#format, style: this.#styles.error, verbose: this.#verbose, status };
    reportError(thrown, layout, this.#terminal);
  }

  protected override async catch(thrown: Error): Promise<void> {
    this.#stopListening();
    this.#stopProgress();
    if (this.#runtime) return this.#reportError(thrown);
    const flagNames = Object.keys({ ...this.ctor.baseFlags, ...this.ctor.flags });
    await reportUnparsed(fromParseError(thrown, this.ctor.id, flagNames), this.argv, this.#terminal);
  }

  protected override async finally(): Promise<void> {
    this.#runtime?.[Symbol.dispose]();
  }
}

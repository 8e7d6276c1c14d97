import type { Clock } from '../../platform/clock.ts';
import { type Reporter, silentReporter } from '../../platform/reporter.ts';
import type { Terminal } from '../../platform/terminal/terminal.ts';
import type { EventReporter } from './event-reporter.ts';
import { lineReporter, type ReporterOutput } from './line-reporter.ts';

/** The values of `--progress`. */
export const PROGRESS_MODES = ['auto', 'bar', 'plain', 'json', 'none'] as const;

export type ProgressMode = (typeof PROGRESS_MODES)[number];

interface ProgressOutput extends ReporterOutput {
  readonly terminal: ReporterOutput['terminal'] & Pick<Terminal, 'canRedraw' | 'interactive'>;
  readonly clock: Pick<Clock, 'elapsed' | 'now'>;
}

interface ProgressOptions {
  readonly mode: ProgressMode;
  /** True if the result is text, not a JSON or YAML document. */
  readonly text: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly color: boolean;
}

/** The display of a command's progress. */
export interface ProgressDisplay {
  readonly reporter: Reporter;
  /** Ends the display before something else is printed. */
  hide(): void;
  /** Present if standard error has one JSON object per line. */
  readonly events?: EventReporter;
}

/**
 * Selects the display of progress. A bar needs a terminal and becomes lines elsewhere. By default a terminal has a bar, a
 * log has lines, and a command whose result is a document has neither. `--quiet` hides warnings too by default, and notes in
 * every mode.
 */
export async function selectProgress(output: ProgressOutput, options: ProgressOptions): Promise<ProgressDisplay> {
  if (options.quiet && options.mode === 'auto') return { reporter: silentReporter, hide() {} };
  const mode = options.mode === 'auto' ? defaultMode(output, options) : options.mode;
  const isDefault = options.mode === 'auto' || options.mode === 'none';
  const withoutNotes = options.quiet || (isDefault && !options.text);
  const display = await displayOf(mode, output, options);
  const { note } = silentReporter;
  return withoutNotes ? { ...display, reporter: { ...bound(display.reporter), note } } : display;
}

function defaultMode({ terminal }: ProgressOutput, { text, color }: ProgressOptions): ProgressMode {
  if (!text) return 'none';
  return terminal.interactive && color ? 'bar' : 'plain';
}

async function displayOf(
  mode: ProgressMode,
  output: ProgressOutput,
  { verbose, color }: ProgressOptions,
): Promise<ProgressDisplay> {
  if (mode === 'json') {
    const { EventReporter } = await import('./event-reporter.ts');
    const events = new EventReporter(output);
    return { reporter: events, hide() {}, events };
  }
  if (mode !== 'bar' || !output.terminal.canRedraw) {
    return { reporter: lineReporter(output, { steps: mode !== 'none' }), hide() {} };
  }
  const { LiveReporter, spinnerCanvas } = await import('./live-reporter.ts');
  const reporter = new LiveReporter(output, await spinnerCanvas(color), { verbose });
  return { reporter, hide: () => reporter.hide() };
}

/** Returns the methods of a reporter, which may be an object of a class. */
function bound(reporter: Reporter): Reporter {
  return {
    step: (text, ref) => reporter.step(text, ref),
    activity: (what, ref) => reporter.activity(what, ref),
    note: (text, ref) => reporter.note(text, ref),
    warn: (text, ref) => reporter.warn(text, ref),
  };
}

/**
 * The live display on a terminal: the current step and one line per running activity, redrawn ten times a second below the
 * permanent lines. The workers only store numbers; the text is computed when it is drawn.
 */
import type { Activity, Reporter } from '../../platform/reporter.ts';
import { printable } from '../text/sanitize.ts';
import { Progress } from './activity.ts';
import { formatProgress } from './format.ts';
import { lineReporter, type ReporterOutput } from './line-reporter.ts';
import { displayLines } from './progress-bar.ts';

/** A live display below the printed lines, which leaves no trace when it is hidden. */
export interface Canvas {
  /** Has no effect if the display is already shown. */
  show(): void;
  hide(): void;
}

/** Creates a canvas from a function that returns the current lines; the spinner precedes the first one. */
export type CanvasFactory = (draw: () => string) => Canvas;

const REDRAW_MS = 100;

/** Loads ora, which is needed only on terminals. @param colored whether the spinner has a color */
export async function spinnerCanvas(colored: boolean): Promise<CanvasFactory> {
  const { default: ora } = await import('ora');
  return (draw) => {
    const spinner = ora({
      // `Terminal.canRedraw` was checked by the caller.
      isEnabled: true,
      color: colored ? 'cyan' : false,
      discardStdin: false,
      interval: REDRAW_MS,
      // ora calls this for every frame, before it reads the text: the text is computed only when it is drawn.
      prefixText: () => {
        spinner.text = draw();
        return '';
      },
    });
    return { show: () => void spinner.start(), hide: () => void spinner.stop() };
  };
}

export class LiveReporter implements Reporter {
  readonly #output: ReporterOutput;
  readonly #lines: Reporter;
  readonly #verbose: boolean;
  readonly #canvas: Canvas;
  readonly #running = new Set<Progress>();
  #step: string | undefined;
  #shown = false;

  /** @param options with `verbose`, steps and finished activities are also printed as permanent lines */
  constructor(output: ReporterOutput, createCanvas: CanvasFactory, options: { readonly verbose: boolean }) {
    this.#output = output;
    this.#lines = lineReporter(output, { steps: true });
    this.#verbose = options.verbose;
    this.#canvas = createCanvas(() => this.#frame());
  }

  step(text: string): void {
    this.#step = onOneLine(text);
    if (this.#verbose) this.#between(() => this.#lines.step(text));
    this.#show();
  }

  activity(what: string): Activity {
    // The first activity replaces the previous step; a step during other activities is shown above them.
    if (this.#running.size === 0) this.#step = undefined;
    const progress = new Progress(onOneLine(what));
    this.#running.add(progress);
    this.#show();
    return {
      progress: (done, total, unit) => progress.advance(done, total, unit),
      [Symbol.dispose]: () => this.#end(progress),
    };
  }

  note(text: string): void {
    this.#between(() => this.#lines.note(text));
  }

  warn(text: string): void {
    this.#between(() => this.#lines.warn(text));
  }

  /** Hides the display and restores the cursor, until the next step or activity. */
  hide(): void {
    this.#shown = false;
    this.#canvas.hide();
  }

  #show(): void {
    this.#shown = true;
    this.#canvas.show();
  }

  /** Prints permanent lines while the display is hidden. */
  #between(write: () => void): void {
    if (this.#shown) this.#canvas.hide();
    write();
    if (this.#shown) this.#canvas.show();
  }

  #end(progress: Progress): void {
    if (!this.#running.delete(progress)) return;
    // Its result is still being processed until the next step or activity begins.
    if (this.#running.size === 0) this.#step ??= progress.what;
    if (!this.#verbose) return;
    const snapshot = progress.at(this.#output.clock.elapsed());
    this.#between(() => this.#lines.step(snapshot === undefined ? progress.what : formatProgress(snapshot)));
  }

  #frame(): string {
    const { clock, terminal, style } = this.#output;
    const now = clock.elapsed();
    const activities = [...this.#running].map((progress) => progress.at(now) ?? progress.what);
    return displayLines({ step: this.#step, activities }, terminal.size(), style).join('\n  ');
  }
}

function onOneLine(text: string): string {
  return printable(text.replace(/\s+/g, ' ').trim());
}

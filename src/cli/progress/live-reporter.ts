/**
 * What a person watches: the current step and a line for everything that is under way, drawn anew ten times a second
 * below the lines that stay. The work only leaves numbers behind; a picture is made of them when it is drawn.
 */
import type { Activity, Reporter } from '../../platform/reporter.ts';
import { printable } from '../text/sanitize.ts';
import { inWords, Progress } from './activity.ts';
import { lineReporter, type Pen } from './line-reporter.ts';
import { linesOf } from './progress-bar.ts';

/** Shows a picture that moves, at the bottom of what was written, until it is hidden and leaves no trace. */
export interface Canvas {
  /** Nothing changes where it is shown already. */
  show(): void;
  hide(): void;
}

/** Makes a canvas of what draws one picture: lines, the first with the spinner before it. */
export type CanvasMaker = (draw: () => string) => Canvas;

const REDRAW_MS = 100;

/** Loaded when it is needed: on most terminals of the world, those of CI jobs, it never is. */
export async function spinnerCanvas(): Promise<CanvasMaker> {
  const { default: ora } = await import('ora');
  return (draw) => {
    const spinner = ora({
      // Whether this is a terminal that can be drawn on was decided by `Terminal.interactive`.
      isEnabled: true,
      discardStdin: false,
      interval: REDRAW_MS,
      // Ora asks for the prefix at every picture, before it takes the text: words are made only when they are drawn.
      prefixText: () => {
        spinner.text = draw();
        return '';
      },
    });
    return { show: () => void spinner.start(), hide: () => void spinner.stop() };
  };
}

export class LiveReporter implements Reporter {
  readonly #pen: Pen;
  readonly #lines: Reporter;
  readonly #verbose: boolean;
  readonly #canvas: Canvas;
  readonly #living = new Set<Progress>();
  #step: string | undefined;
  #shown = false;

  /** @param options with `verbose`, steps and finished activities also stay as lines */
  constructor(pen: Pen, canvasFor: CanvasMaker, options: { readonly verbose: boolean }) {
    this.#pen = pen;
    this.#lines = lineReporter(pen, { steps: true });
    this.#verbose = options.verbose;
    this.#canvas = canvasFor(() => this.#picture());
  }

  step(text: string): void {
    this.#step = onOneLine(text);
    if (this.#verbose) this.#between(() => this.#lines.step(text));
    this.#show();
  }

  activity(what: string): Activity {
    // A step that came before is over; one that comes while others go on is shown above them.
    if (this.#living.size === 0) this.#step = undefined;
    const progress = new Progress(onOneLine(what));
    this.#living.add(progress);
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

  /** Takes the picture away and gives the cursor back, until there is another step or activity. */
  hide(): void {
    this.#shown = false;
    this.#canvas.hide();
  }

  #show(): void {
    this.#shown = true;
    this.#canvas.show();
  }

  /** Writes lines that stay, with nothing below them that they could run into. */
  #between(write: () => void): void {
    if (this.#shown) this.#canvas.hide();
    write();
    if (this.#shown) this.#canvas.show();
  }

  #end(progress: Progress): void {
    if (!this.#living.delete(progress)) return;
    // Until something else begins, what comes of it is still being done.
    if (this.#living.size === 0) this.#step ??= progress.what;
    if (!this.#verbose) return;
    const moment = progress.at(this.#pen.clock.elapsed());
    this.#between(() => this.#lines.step(moment === undefined ? progress.what : inWords(moment)));
  }

  #picture(): string {
    const now = this.#pen.clock.elapsed();
    const activities = [...this.#living].map((progress) => progress.at(now) ?? progress.what);
    return linesOf({ step: this.#step, activities }, this.#pen.terminal.size(), this.#pen.style).join('\n  ');
  }
}

function onOneLine(text: string): string {
  return printable(text.replace(/\s+/g, ' ').trim());
}

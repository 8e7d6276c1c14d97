import type { Clock } from '../../platform/clock.ts';
import { type Activity, type Reporter, silentReporter } from '../../platform/reporter.ts';
import type { Terminal } from '../../platform/terminal/terminal.ts';
import { printable } from '../text/sanitize.ts';
import type { Style } from '../text/style.ts';
import { inWords, Progress } from './activity.ts';

/** What a reporter writes with. */
export interface Pen {
  readonly terminal: Pick<Terminal, 'writeError' | 'size'>;
  readonly style: Style;
  readonly clock: Pick<Clock, 'elapsed'>;
}

const BETWEEN_LINES_MS = 10_000;
const BETWEEN_LOOKS_MS = 1_000;

/**
 * A line a step, for logs, and one every ten seconds for what takes long, so that whoever watches a CI job sees that it
 * goes on. Warnings are never held back.
 */
export function lineReporter({ terminal, style, clock }: Pen, options: { readonly steps: boolean }): Reporter {
  const line = (text: string) => terminal.writeError(`${text}\n`);
  const warn = (text: string) => line(`${style.yellow('Warning:')} ${printable(text)}`);
  if (!options.steps) return { ...silentReporter, warn };
  const step = (text: string) => line(style.dim(printable(text)));
  return {
    step,
    activity: (what) => {
      step(what);
      return longActivity(what, clock, step);
    },
    note: (text) => line(printable(text)),
    warn,
  };
}

function longActivity(what: string, clock: Pick<Clock, 'elapsed'>, write: (line: string) => void): Activity {
  const progress = new Progress(what);
  let nextLine = clock.elapsed() + BETWEEN_LINES_MS;
  let nextLook = 0;
  return {
    progress(done, total, unit) {
      const now = clock.elapsed();
      if (now < nextLook) return;
      nextLook = now + BETWEEN_LOOKS_MS;
      progress.advance(done, total, unit);
      const moment = progress.at(now);
      if (now < nextLine || moment === undefined) return;
      nextLine = now + BETWEEN_LINES_MS;
      write(inWords(moment));
    },
    [Symbol.dispose]() {},
  };
}

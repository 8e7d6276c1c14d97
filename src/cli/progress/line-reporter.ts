import type { Clock } from '../../platform/clock.ts';
import { type Activity, type Reporter, silentReporter } from '../../platform/reporter.ts';
import type { Terminal } from '../../platform/terminal/terminal.ts';
import { limitListings, SHOWN_ITEMS } from '../text/listing.ts';
import { printable } from '../text/sanitize.ts';
import type { Style } from '../text/style.ts';
import { Progress } from './activity.ts';
import { formatProgress } from './format.ts';

/** The collaborators of a reporter. */
export interface ReporterOutput {
  readonly terminal: Pick<Terminal, 'writeError' | 'size'>;
  readonly style: Style;
  readonly clock: Pick<Clock, 'elapsed'>;
}

const LINE_INTERVAL_MS = 10_000;
const SAMPLE_INTERVAL_MS = 1_000;

/**
 * Reports one line per step, for logs, and one line every ten seconds for a long activity, so that a CI log shows its
 * progress. Without steps, only notes and warnings are printed.
 */
export function lineReporter(
  { terminal, style, clock }: ReporterOutput,
  options: { readonly steps: boolean },
): Reporter {
  const line = (text: string) => terminal.writeError(`${text}\n`);
  const warn = (text: string) => line(`${style.yellow('Warning:')} ${printable(limitListings(text, SHOWN_ITEMS))}`);
  const note = (text: string) => line(printable(text));
  if (!options.steps) return { ...silentReporter, note, warn };
  const step = (text: string) => line(style.dim(printable(text)));
  return {
    step,
    activity: (what) => {
      step(what);
      return longActivity(what, clock, step);
    },
    note,
    warn,
  };
}

function longActivity(what: string, clock: Pick<Clock, 'elapsed'>, write: (line: string) => void): Activity {
  const progress = new Progress(what);
  let nextLine = clock.elapsed() + LINE_INTERVAL_MS;
  let nextSample = 0;
  return {
    progress(done, total, unit) {
      const now = clock.elapsed();
      if (now < nextSample) return;
      nextSample = now + SAMPLE_INTERVAL_MS;
      progress.advance(done, total, unit);
      const snapshot = progress.at(now);
      if (now < nextLine || snapshot === undefined) return;
      nextLine = now + LINE_INTERVAL_MS;
      write(formatProgress(snapshot));
    },
    [Symbol.dispose]() {},
  };
}

import type { Clock } from '../../platform/clock.ts';
import type { Activity, ProgressUnit, Reporter } from '../../platform/reporter.ts';
import type { Terminal } from '../../platform/terminal/terminal.ts';
import { printableJsonLine } from '../text/sanitize.ts';

/** A line of `--progress json`, without its time. `attune schema progress` describes it. */
interface ProgressEvent {
  readonly event: 'step' | 'start' | 'progress' | 'end' | 'note' | 'warning' | 'output' | 'error';
  readonly ref?: string | undefined;
  readonly step: string;
  readonly id?: number;
  readonly bytes?: number;
  readonly done?: number;
  readonly unit?: Exclude<ProgressUnit, 'bytes'>;
  readonly total?: number | undefined;
  readonly code?: string;
  readonly hint?: string | undefined;
  readonly exit_code?: number;
}

/** An error as `--json` prints it. */
interface ReportedError {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly exit_code: number;
}

interface EventOutput {
  readonly terminal: Pick<Terminal, 'writeError'>;
  readonly clock: Pick<Clock, 'elapsed' | 'now'>;
}

const PROGRESS_INTERVAL_MS = 200;

/** Reports each event as one JSON object on a line of standard error, for programs that show progress themselves. */
export class EventReporter implements Reporter {
  readonly #output: EventOutput;
  #activities = 0;

  constructor(output: EventOutput) {
    this.#output = output;
  }

  step(text: string, ref?: string): void {
    this.#write({ event: 'step', ref, step: text });
  }

  activity(what: string, ref?: string): Activity {
    const { clock } = this.#output;
    const facts = { ref, step: what, id: ++this.#activities };
    let amount = {};
    let next = 0;
    let ended = false;
    this.#write({ event: 'start', ...facts });
    return {
      progress: (done, total, unit) => {
        amount = unit === 'bytes' ? { bytes: done, total } : { done, unit, total };
        const now = clock.elapsed();
        if (ended || now < next) return;
        next = now + PROGRESS_INTERVAL_MS;
        this.#write({ event: 'progress', ...facts, ...amount });
      },
      [Symbol.dispose]: () => {
        if (!ended) this.#write({ event: 'end', ...facts, ...amount });
        ended = true;
      },
    };
  }

  note(text: string, ref?: string): void {
    this.#write({ event: 'note', ref, step: text });
  }

  warn(text: string, ref?: string): void {
    this.#write({ event: 'warning', ref, step: text });
  }

  /** Reports text that is otherwise printed to standard error as it is. */
  output(text: string): void {
    this.#write({ event: 'output', step: text });
  }

  error({ code, message, hint, exit_code }: ReportedError): void {
    this.#write({ event: 'error', step: message, code, hint, exit_code });
  }

  #write(event: ProgressEvent): void {
    const { clock, terminal } = this.#output;
    terminal.writeError(`${printableJsonLine({ ...event, at: clock.now().toISOString() })}\n`);
  }
}

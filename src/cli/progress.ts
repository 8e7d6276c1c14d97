import type { Ora } from 'ora';
import type { Reporter } from '../platform/reporter.ts';
import type { Terminal } from '../platform/terminal.ts';
import { printable } from './printable.ts';
import type { Style } from './style.ts';

/** A line a step, for logs; warnings are never held back but by --quiet. */
export function lineReporter(terminal: Terminal, style: Style, options: { steps: boolean }): Reporter {
  const line = (text: string) => terminal.writeError(`${text}\n`);
  return {
    step: (text) => options.steps && line(style.dim(printable(text))),
    activity: (what) => {
      if (options.steps) line(style.dim(printable(what)));
      return { progress() {}, [Symbol.dispose]() {} };
    },
    note: (text) => options.steps && line(printable(text)),
    warn: (text) => line(`${style.yellow('Warning:')} ${printable(text)}`),
  };
}

/** A spinner that says what is being done, on a terminal. It stands still while a line is written. */
export async function spinnerReporter(terminal: Terminal, style: Style): Promise<Reporter & { stop(): void }> {
  const { default: ora } = await import('ora');
  const spinner: Ora = ora({ discardStdin: false, hideCursor: true });
  const step = (text: string) => {
    spinner.text = printable(text);
    if (!spinner.isSpinning) spinner.start();
  };
  const lines = lineReporter(terminal, style, { steps: true });
  const between = (write: () => void) => {
    const spinning = spinner.isSpinning;
    spinner.stop();
    write();
    if (spinning) spinner.start();
  };
  return {
    step,
    activity(what) {
      step(what);
      return {
        progress: (done, total, unit) => {
          spinner.text = `${printable(what)} ${style.dim(amount(done, total, unit))}`;
        },
        [Symbol.dispose]() {},
      };
    },
    note: (text) => between(() => lines.note(text)),
    warn: (text) => between(() => lines.warn(text)),
    stop: () => void spinner.stop(),
  };
}

function amount(done: number, total: number | undefined, unit: string): string {
  if (unit !== 'bytes') return total === undefined ? `${done} ${unit}` : `${done}/${total} ${unit}`;
  const share = total ? ` ${Math.floor((100 * done) / total)}%` : '';
  return `${formatBytes(done)}${total === undefined ? '' : ` of ${formatBytes(total)}`}${share}`;
}

/** `0 B`, `1.5 KiB`, `12 MiB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  const amountInUnit = bytes / 1024 ** power;
  return `${power > 0 && amountInUnit < 10 ? amountInUnit.toFixed(1) : Math.round(amountInUnit)} ${units[power]}`;
}

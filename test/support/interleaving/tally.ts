import type { Verdict } from './judge.ts';
import type { Finding } from './matrix.ts';

interface Row {
  readonly pairs: Set<string>;
  readonly counts: Record<Verdict, number>;
  durationMs: number;
}

/** Counts outcomes by the first operation of each schedule, the one that is stopped. */
export class Tally {
  readonly #rows = new Map<string, Row>();

  add({ schedule: { processes, state }, verdict, durationMs }: Finding): void {
    const [first, ...others] = processes.map(({ operation }) => operation.name);
    const key = processes.length > 2 ? 'three or four processes' : (first as string);
    const row = this.#rows.get(key) ?? {
      pairs: new Set(),
      counts: { serial: 0, retryable: 0, wrong: 0 },
      durationMs: 0,
    };
    row.pairs.add([state, first, ...others].join());
    row.counts[verdict] += 1;
    row.durationMs += durationMs;
    this.#rows.set(key, row);
  }

  /** Formats a Markdown table. */
  format(): string {
    const rows = [...this.#rows].sort(([one], [other]) => (one < other ? -1 : 1));
    const lines = rows.map(([name, row]) => line(`\`${name}\``, row));
    const all: Row = { pairs: new Set(), counts: { serial: 0, retryable: 0, wrong: 0 }, durationMs: 0 };
    for (const [name, { pairs, counts, durationMs }] of rows) {
      for (const pair of pairs) all.pairs.add(`${name} ${pair}`);
      for (const verdict of ['serial', 'retryable', 'wrong'] as const) all.counts[verdict] += counts[verdict];
      all.durationMs += durationMs;
    }
    const head = '| stopped operation | pairs | schedules | serial | retryable | wrong | time |\n';
    return `${head}| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n${lines.join('')}${line('**all**', all)}`;
  }
}

function line(name: string, { pairs, counts: { serial, retryable, wrong }, durationMs }: Row): string {
  const schedules = serial + retryable + wrong;
  return `| ${name} | ${pairs.size} | ${schedules} | ${serial} | ${retryable} | ${wrong} | ${Math.round(durationMs / 1000)} s |\n`;
}

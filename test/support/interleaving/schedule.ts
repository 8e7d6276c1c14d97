import type { StateName } from './initial-states.ts';
import { type ConcurrentOperation, operationNamed } from './operations.ts';

/** One interleaving of several processes, of which one runs at a time. */
export interface Schedule {
  readonly state: StateName;
  /** Started one after the other. `stops` are the calls before which a process is suspended, counted from 1. */
  readonly processes: readonly { readonly operation: ConcurrentOperation; readonly stops: readonly number[] }[];
  /** Selects which of the suspended processes goes on at each step: an index modulo their number, 0 after the last. */
  readonly order: readonly number[];
}

/** Formats a schedule as one line: `populated: pack list @3,7 | pack lock @ ; 1,0`. */
export function formatSchedule({ state, processes, order }: Schedule): string {
  const parts = processes.map(({ operation, stops }) => `${operation.name} @${stops.join(',')}`);
  return `${state}: ${parts.join(' | ')} ; ${order.join(',')}`;
}

/** Parses the result of `formatSchedule`. @throws Error if an operation does not exist */
export function parseSchedule(text: string): Schedule {
  const [, state, list = '', order = ''] = /^(\w+): (.*) ;(.*)$/.exec(text) ?? [];
  const processes = list.split(' | ').map((part) => {
    const [name = '', stops = ''] = part.split(' @');
    return { operation: operationNamed(name), stops: numbersIn(stops) };
  });
  return { state: state as StateName, processes, order: numbersIn(order) };
}

function numbersIn(text: string): number[] {
  return text
    .split(',')
    .filter((part) => part.trim() !== '')
    .map(Number);
}

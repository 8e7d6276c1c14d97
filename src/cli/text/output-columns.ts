import { systemOutputColumns } from '../../platform/terminal/terminal.ts';

/** Returns the columns that a view may fill; `undefined` if standard output is not a terminal, so that lines stay whole. */
export function outputColumns(): number | undefined {
  return systemOutputColumns();
}

import { systemOutputColumns } from '../../platform/terminal/terminal.ts';

/** The columns that a view may fill; `undefined` where no terminal shows them and lines stay whole. */
export function outputColumns(): number | undefined {
  return systemOutputColumns();
}

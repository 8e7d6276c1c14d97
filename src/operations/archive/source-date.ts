import { ZIP_LATEST_SECONDS } from '../../archives/zip/dos-time.ts';
import { AttuneError } from '../../errors.ts';

const VARIABLE = 'SOURCE_DATE_EPOCH';

class InvalidSourceDate extends AttuneError {
  constructor(value: string) {
    super('USAGE', `${VARIABLE} is '${value}', which is not a time that an archive can have.`, {
      facts: { variable: VARIABLE, value },
      hint: `Set it to a number of seconds since 1970 from 0 to ${ZIP_LATEST_SECONDS}, or unset it.`,
    });
  }
}

/**
 * Returns the modification time of the files in an archive, in seconds since the epoch: `SOURCE_DATE_EPOCH`
 * (reproducible-builds.org), or the epoch itself.
 * @throws InvalidSourceDate
 */
export function sourceDate(variables: Readonly<Record<string, string | undefined>>): number {
  const value = variables[VARIABLE];
  if (value === undefined || value === '') return 0;
  const seconds = /^\d{1,10}$/.test(value) ? Number(value) : Number.NaN;
  if (!(seconds <= ZIP_LATEST_SECONDS)) throw new InvalidSourceDate(value);
  return seconds;
}

import { AttuneError } from '../../../errors.ts';
import { count } from '../../../platform/count.ts';
import { type Diagnosis, type DoctorContext, ok, resultOrError, warning } from '../diagnosis.ts';

/** The time reported by a server, relative to the local clock. */
export interface ServerTime {
  readonly server: string;
  /** The milliseconds by which the local clock is ahead of the server's. */
  readonly aheadMs: number;
}

/** A larger deviation affects certificates, the age of cached copies and the order of the history. */
const MAX_SKEW_MS = 5 * 60_000;

const ADVICE = { remedy: 'Set the clock of this machine, or enable network time (NTP).' };

export async function checkClock(
  { runtime, survey }: DoctorContext,
  times: readonly ServerTime[],
): Promise<Diagnosis[]> {
  const now = runtime.clock.now();
  const last = survey instanceof AttuneError ? undefined : await resultOrError(() => survey.lastEvent());
  const future =
    typeof last === 'string' && Date.parse(last) - now.getTime() > MAX_SKEW_MS
      ? [
          warning(
            'clock',
            `The last event in the history is dated ${last}, but the clock of this machine shows ${now.toISOString()}.`,
            ADVICE,
          ),
        ]
      : [];
  const off = times.filter(({ aheadMs }) => Math.abs(aheadMs) > MAX_SKEW_MS);
  const wrong = [...new Map(off.map((time) => [time.server, time])).values()].map(({ server, aheadMs }) => {
    const amount = formatDuration(Math.abs(aheadMs));
    return warning(
      'clock',
      `The clock of this machine is ${amount} ${aheadMs > 0 ? 'ahead of' : 'behind'} the clock of ${server}.`,
      ADVICE,
    );
  });
  const found = [...future, ...wrong];
  if (found.length > 0) return found;
  return [
    ok(
      'clock',
      times.length > 0 ? 'matches the clocks of the registries' : `${now.toISOString()}; no server was contacted`,
    ),
  ];
}

function formatDuration(milliseconds: number): string {
  const minutes = Math.round(milliseconds / 60_000);
  if (minutes < 120) return count(minutes, 'minute');
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} hours` : `${Math.round(hours / 24)} days`;
}
